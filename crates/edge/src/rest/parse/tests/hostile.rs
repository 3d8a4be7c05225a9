//! Strings nobody would write: nothing panics, and nothing takes more than linear time.

use super::read;
use proptest::prelude::*;

/// Query strings of the grammar, to be mangled.
const SEEDS: [&str; 12] = [
    "select=id,total:price.sum()::text,author:users!author_id!inner(name,...meta(a)),data->a->>-1::int",
    "or=(a.not.eq.1,not.and(b.gt.1,c.in.(1,\"2,3\")),d.cs.{1,2})&not.and=(a.is.null)",
    "select=a(b(c))&a.b.order=c.desc.nullslast,d(e)&a.limit=1&a.b.offset=2",
    "name=like(any).{a*,\"b\\\",c\"}&t=fts(english).x&r=adj.(1,2)",
    "columns=\"a\",b&on_conflict=a,b&limit=-1&offset=9",
    "a=in.(\"x\\\\\",y,)&b=not.isdistinct.%20&c=is.NOT_NULL",
    "select=*,\"q\\\"x\"(*)&order=data->>0.asc",
    "a%FFb=eq.%zz&=&&;=&a==",
    "select=...x!y!z(count),count()&x=is.null",
    "and=( and ( id.eq.1 ) )&or=(\"a.b\".eq.\"c)\")",
    "limit=99999999999999999999&x.limit=a&offset=-99999999999999999999",
    "\u{1F600}=eq.\u{202e}&select=\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_text(text in "\\PC{0,120}") {
        let _ = read(&text);
    }

    #[test]
    fn text_of_the_grammar(text in "(select|or|and|order|a|b\\.limit|not\\.or|columns)=[a-z0-9().,:!>\"{}\\\\ %+*-]{0,80}") {
        let _ = read(&text);
    }

    #[test]
    fn mangled_seeds(seed in 0..SEEDS.len(), cuts in prop::collection::vec((0..200_usize, 0..200_usize, any::<char>()), 1..6)) {
        let mut letters: Vec<char> = SEEDS.get(seed).copied().unwrap_or_default().chars().collect();
        for (from, to, letter) in cuts {
            let length = letters.len().max(1);
            let (from, to) = (from % length, to % length);
            letters.insert(from.min(letters.len()), letter);
            letters.swap(from, to);
            if letters.len() > 1 {
                letters.remove(to);
            }
        }
        let _ = read(&letters.into_iter().collect::<String>());
    }
}

#[test]
fn time_grows_with_length_only() {
    // Each would take minutes if some part were read again for every character.
    let many = 60_000;
    for text in [
        format!("select={}", "a!".repeat(many)),
        format!("select={}", "\"".repeat(many)),
        format!("a=in.({}", "\"a,".repeat(many)),
        format!("or=({}", "a.eq.{".repeat(many)),
        format!("or=({}", "a.eq.\"x,".repeat(many)),
        "a=&".repeat(many),
        "a".repeat(many) + "=eq.1",
        "a.".repeat(many) + "limit=1",
        "a-".repeat(many) + "=eq.1",
        format!("a{}=eq.1", "->-".repeat(many)),
        format!("columns={}", "a,b,".repeat(many)),
        format!("a=eq(any).{{{}", "\\\",".repeat(many)),
        format!("order={}", "a(".repeat(many)),
        format!("select=x:a()&{}", "a.limit=1&".repeat(many)),
    ] {
        let _ = read(&text);
    }
}
