-- one row: an organization; how many people there are, and of how many the badges are known
select organization_id, max(as_of) as as_of, count(*) as employees,
  cast(sum(is_connected) as bigint) as connected, cast(sum(is_known) as bigint) as known
from credly_marts.dim_employee
group by organization_id
order by organization_id
