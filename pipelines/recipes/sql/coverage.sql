-- one row: a skill in a group with five known people or more, where somebody has it (a cell without a row is 0);
-- filter by dimension ('department', 'team', ... 'all')
select organization_id, dimension, dimension_value, skill_name, employees, known, people, people_lapsing_90d,
  coverage, coverage_low, coverage_high, depth_band
from credly_marts.mart_skill_coverage
where known >= 5
order by organization_id, dimension, dimension_value, skill_name
