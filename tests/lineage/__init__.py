"""`make lineage`: the scoreboard of column lineage on TPC-H, TPC-DS and hard shapes, ours and OpenLineage's."""
