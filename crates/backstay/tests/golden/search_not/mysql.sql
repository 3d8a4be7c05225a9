-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (NOT CASE WHEN (t1.`blurb` IS NOT NULL) THEN (CASE WHEN t1.`blurb` REGEXP bs_search_hint(?) THEN bs_stems_near(t1.`blurb`, bs_word_starts(?)) ELSE '' END REGEXP bs_stems(bs_folded(?))) END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?3 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?4 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?5 Constant(Int(1000))

