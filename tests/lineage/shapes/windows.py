"""Windows: partitions, order and frames select rows, the function makes the value."""

from tests.lineage.shapes.shape import Shape, sql

SHAPES: list[Shape] = [
    sql(
        "window_sum",
        "select id, sum(amount) over (partition by customer order by day) as running from orders",
        id="orders.id",
        running="orders.amount",
    ),
    sql(
        "window_row_number",
        "select row_number() over (order by day, id) as place, id from orders",
        place="",
        id="orders.id",
    ),
    sql(
        "window_ranks",
        "select rank() over (order by amount) as r, dense_rank() over (order by amount) as d,"
        " percent_rank() over (order by amount) as p, cume_dist() over (order by amount) as c,"
        " ntile(2) over (order by amount) as n, id from orders",
        r="",
        d="",
        p="",
        c="",
        n="",
        id="orders.id",
    ),
    sql(
        "window_lag",
        "select lag(amount, 1, 0.0D) over (partition by customer order by day) as before,"
        " lead(status) over (order by id) as after from orders",
        before="orders.amount",
        after="orders.status",
    ),
    sql(
        "window_frame",
        "select avg(amount) over (order by day rows between 1 preceding and current row) as mean,"
        " first_value(status) over (partition by customer order by day desc) as first,"
        " nth_value(day, 2) over (order by id) as second from orders",
        mean="orders.amount",
        first="orders.status",
        second="orders.day",
    ),
    sql(
        "window_over_aggregate",
        "select status, sum(sum(amount)) over (order by status) as running, rank() over (order by sum(amount)) as place"
        " from orders group by status",
        status="orders.status",
        running="orders.amount",
        place="",
    ),
    sql(
        "window_share",
        "select id, amount / sum(amount) over (partition by customer) as share,"
        " id - row_number() over (order by day) as gap from orders",
        id="orders.id",
        share="orders.amount",
        gap="orders.id",
    ),
    sql(
        "window_of_counts",
        "select count(*) over (partition by status) as n, count(day) over (partition by status) as days from orders",
        n="",
        days="orders.day",
    ),
    sql(
        "window_by_name",
        "select sum(amount) over w as s, max(day) over w as d from orders window w as (partition by customer order by id)",
        s="orders.amount",
        d="orders.day",
    ),
    sql(
        "window_filtered_after",
        "select id, status from (select *, row_number() over (partition by customer order by day desc) as n from orders)"
        " where n = 1",
        id="orders.id",
        status="orders.status",
    ),
    sql(
        "window_case",
        "select case when row_number() over (partition by customer order by day) = 1 then status else 'later' end as s"
        " from orders",
        s="orders.status",
    ),
    sql(
        "window_array",
        "select collect_list(status) over (partition by customer order by day) as history from orders",
        history="orders.status",
    ),
]
