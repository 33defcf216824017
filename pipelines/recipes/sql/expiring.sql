-- one row: a badge of which copies end within 90 days that their holders have not renewed: no groups, no people;
-- skills_lost: a skill once for each person who would lose it; badges_for_targets: those without which one is missed
select organization_id, badge_name, issuer_name, count(*) as badges, min(expires_date) as first_expires_date,
  cast(sum(skills_lost_if_not_renewed) as bigint) as skills_lost,
  cast(sum(case when targets_missed_if_not_renewed > 0 then 1 else 0 end) as bigint) as badges_for_targets
from credly_marts.mart_expiring_badges
where days_left <= 90
group by organization_id, badge_name, issuer_name
order by organization_id, badges desc, first_expires_date, badge_name, issuer_name
