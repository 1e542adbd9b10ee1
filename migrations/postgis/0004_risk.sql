-- What the risk score asks for and nothing held: stairs, the day of the last inspection, and dangers that came back.
alter table building add column stairs bigint;
alter table building add column last_inspected date; -- by whoever supervises it
alter table place add column last_inspected date;
alter table danger add column reopened bigint; -- how often it came back after it was closed
select firemap_derive('building'), firemap_derive('place'), firemap_derive('danger');
