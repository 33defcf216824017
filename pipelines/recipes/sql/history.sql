-- one row: a skill in the whole organization on a day, counted then (observed) or worked out later (rebuilt)
select organization_id, snapshot_date, skill_name, known, people, coverage, basis
from credly_marts.mart_skill_coverage_daily
where dimension = 'all' and known >= 5
union all
select organization_id, snapshot_date, skill_name, known, people, coverage, basis
from credly_marts.mart_skill_coverage_rebuilt
where dimension = 'all' and known >= 5
order by organization_id, skill_name, snapshot_date, basis
