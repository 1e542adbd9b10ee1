-- What the risk score asks for and nothing held: stairs, the day of the last inspection, and dangers that came back.
alter table building add column stairs INTEGER;
alter table building add column last_inspected DATE; -- by whoever supervises it
alter table place add column last_inspected DATE;
alter table danger add column reopened INTEGER; -- how often it came back after it was closed
