-- one row: a skill that somebody in the organization has, the rarest first
select organization_id, skill_name, people, people_lapsing_90d, people_not_known, depth_band
from credly_marts.mart_skill_coverage
where dimension = 'all' and known >= 5 and people > 0
order by organization_id, people, people_lapsing_90d desc, skill_name
