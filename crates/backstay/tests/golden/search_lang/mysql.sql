-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (CASE WHEN t1.`title` REGEXP bs_search_hint(?) THEN bs_stems_near(t1.`title`, bs_word_starts(?)) ELSE '' END REGEXP bs_stems(bs_folded(?)))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?3 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?4 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?5 Constant(Int(1000))

