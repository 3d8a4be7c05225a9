-- drop index notes_title_idx

CALL bs_drop_index('notes_title_idx');
