"""The figures that the jobs must report, computed by pandas from the same CSV: no Spark, no Pipes, none of our code."""

from pathlib import Path
from typing import Any

import pandas as pd


def expected_metadata(flights_zip: Path) -> dict[str, Any]:
    """What the downstream jobs report under each metadata key, with the tables as lists of records."""
    flights = pd.read_csv(flights_zip)
    origins = (
        flights.groupby("origin")
        .agg(
            flights=("flight", "size"),
            mean_departure_delay_minutes=("dep_delay", "mean"),
            cancelled=("dep_time", lambda times: int(times.isna().sum())),
        )
        .round({"mean_departure_delay_minutes": 2})
        .reset_index()
    )
    destinations = (
        flights.groupby("dest")
        .agg(flights=("flight", "size"), mean_arrival_delay_minutes=("arr_delay", "mean"))
        .query("flights >= 1000")
        .round({"mean_arrival_delay_minutes": 2})
        .reset_index()
        .sort_values(["mean_arrival_delay_minutes", "dest"], ascending=[False, True])
        .head(10)
    )
    return {
        "flights": len(flights),
        "every_flight_has_origin": bool(flights["origin"].notna().all()),
        "delays_by_origin": origins.to_dict("records"),
        "worst_destinations": destinations.to_dict("records"),
    }
