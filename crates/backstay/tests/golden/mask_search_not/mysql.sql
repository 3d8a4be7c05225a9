-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `reviews` AS t1
WHERE (((t1.`hidden` = FALSE) OR (t1.`userId` = ?))
  AND (NOT CASE WHEN (CASE WHEN (t1.`userId` = ?) THEN t1.`note` END IS NOT NULL) THEN (CASE WHEN t1.`note` REGEXP bs_search_hint(?) THEN bs_stems_near(t1.`note`, bs_word_starts(?)) ELSE '' END REGEXP bs_stems(bs_folded(?))) END))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?5 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?6 Input { slot: Slot(0), cast: SearchPattern(Plain) }
--   ?7 Constant(Int(1000))

