-- A report; it has a semicolon in a comment.
create table orders (id bigint, note string) using parquet;
insert into orders select id, 'a;b' from range(10);
create table ${target} using parquet as select id, upper(note) as loud from orders where id < 5;
select count(*), max(loud), 'it\'s' from ${target};
