//! Filters and logic trees.

use super::check;

#[test]
fn comparisons() {
    check("id=eq.1", "* where <id> = '1'");
    check("id=neq.1", "* where <id> <> '1'");
    check("id=gt.1", "* where <id> > '1'");
    check("id=gte.1", "* where <id> >= '1'");
    check("id=lt.1", "* where <id> < '1'");
    check("id=lte.1", "* where <id> <= '1'");
    check("id=not.eq.1", "* where not <id> = '1'");
    check("id=not.neq.1", "* where not <id> <> '1'");
    check("id=eq.null", "* where <id> = 'null'");
    check("id=eq.", "* where <id> = ''");
    check("id=eq.not.eq.1", "* where <id> = 'not.eq.1'");
    check("a=eq.1&a=lt.5", "* where <a> = '1' and <a> < '5'");
    check("id&a=eq.1", "* where <a> = '1'");
    check("&&a=eq.1&", "* where <a> = '1'");
    check("id=isdistinct.5", "* where <id> isdistinct '5'");
    check("id=not.isdistinct.5", "* where not <id> isdistinct '5'");
}

#[test]
fn values_of_parameters_are_raw() {
    check("name=eq.a,b(c)", "* where <name> = 'a,b(c)'");
    check("name=eq.\"a\"", "* where <name> = '\"a\"'");
    check("name=eq.a.b.c", "* where <name> = 'a.b.c'");
    check("name=eq.a+b%2Bc", "* where <name> = 'a b+c'");
    check("name=eq.a%26b%3Dc", "* where <name> = 'a&b=c'");
    check("name=eq.100%25", "* where <name> = '100%'");
    check("name=eq.100%", "* where <name> = '100%'");
    check("name=eq.%zz", "* where <name> = '%zz'");
    check("name=eq.a=b", "* where <name> = 'a=b'");
    check("name=eq.%E5%9C%8D", "* where <name> = '圍'");
    check("name=eq.%20x%20", "* where <name> = ' x '");
    check("name=eq.a;b", "* where <name> = 'a;b'");
}

#[test]
fn patterns() {
    check("k=like.*yx", "* where <k> like '%yx'");
    check("k=like.x%25_*", "* where <k> like 'x%_%'");
    check("k=ilike.xy*", "* where <k> ilike 'xy%'");
    check("k=not.ilike.xy*", "* where not <k> ilike 'xy%'");
    check("k=match.^a*$", "* where <k> match '^a*$'");
    check("k=imatch.A*", "* where <k> imatch 'A*'");
    check("k=not.match.yx$", "* where not <k> match 'yx$'");
    check("k=eq.*", "* where <k> = '*'");
}

#[test]
fn quantifiers() {
    check("id=eq(any).{3,4,5}", "* where <id> = any [\"3\", \"4\", \"5\"]");
    check("id=eq(all).{3}", "* where <id> = all [\"3\"]");
    check("id=not.eq(any).{3}", "* where not <id> = any [\"3\"]");
    check("id=gt(any).{1,2}", "* where <id> > any [\"1\", \"2\"]");
    check("id=gte(all).{1,2}", "* where <id> >= all [\"1\", \"2\"]");
    check("id=lt(any).{1}", "* where <id> < any [\"1\"]");
    check("id=lte(all).{1}", "* where <id> <= all [\"1\"]");
    check("k=like(any).{a*,*b}", "* where <k> like any [\"a%\", \"%b\"]");
    check("k=ilike(all).{a*,*b}", "* where <k> ilike all [\"a%\", \"%b\"]");
    check("k=match(any).{^a,b$}", "* where <k> match any [\"^a\", \"b$\"]");
    check("k=imatch(all).{^a}", "* where <k> imatch all [\"^a\"]");
    check("k=eq(any).{}", "* where <k> = any []");
    check("k=eq(any).{%20}", "* where <k> = any []");
    check("k=eq(any).{\"a,b\",c}", "* where <k> = any [\"a,b\", \"c\"]");
    check("k=eq(any).{%20a%20,%20\"%20b\"%20}", "* where <k> = any [\"a\", \" b\"]");
    check("k=eq(any).{\"say%20%5C\"hi%5C\"\"}", "* where <k> = any [\"say \\\"hi\\\"\"]");
    check("k=eq(any).{a,NULL}", "* where <k> = any [\"a\"]");
    check("k=eq(any).{\"NULL\"}", "* where <k> = any [\"NULL\"]");
}

#[test]
fn lists() {
    check("id=in.(1,3)", "* where <id> in [\"1\", \"3\"]");
    check("id=not.in.(1,3)", "* where not <id> in [\"1\", \"3\"]");
    check("id=in.()", "* where <id> in []");
    check("id=in.(%20%20%20%20)", "* where <id> in []");
    check("id=in.(\"\")", "* where <id> in []");
    check("id=in.(,3)", "* where <id> in [\"\", \"3\"]");
    check("id=in.(%20,3,4)", "* where <id> in [\"\", \"3\", \"4\"]");
    check("id=in.(%201,%202%20)", "* where <id> in [\"1\", \" 2 \"]");
    check("n=in.(David%20White,\"Hebdon,%20John\")", "* where <n> in [\"David White\", \"Hebdon, John\"]");
    check("n=in.(\"Double%20O%20Seven(007)\")", "* where <n> in [\"Double O Seven(007)\"]");
    check("n=in.(\"Double%5C\"Quote%5C\"McGraw%5C\"\")", "* where <n> in [\"Double\\\"Quote\\\"McGraw\\\"\"]");
    check("n=in.(\"%5C%5C\")", "* where <n> in [\"\\\\\"]");
    check("n=in.(\"D%5Ca%5Cvid\")", "* where <n> in [\"David\"]");
    check("n=in.(\")", "* where <n> in [\"\\\"\"]");
    check("n=in.(Double\"Quote\"McGraw\")", "* where <n> in [\"Double\\\"Quote\\\"McGraw\\\"\"]");
    check("n=in.(\"a\"b\",c)", "* where <n> in [\"\\\"a\\\"b\\\"\", \"c\"]");
    check("n=in.(a(b,c)", "* where <n> in [\"a(b\", \"c\"]");
    check("n=in.%20(a)%20", "* where <n> in [\"a\"]");
}

#[test]
fn truth_values() {
    check("a=is.null", "* where <a> is Null");
    check("a=is.not_null", "* where <a> is NotNull");
    check("a=is.true", "* where <a> is True");
    check("a=is.false", "* where <a> is False");
    check("a=is.unknown", "* where <a> is Unknown");
    check("a=is.NULL", "* where <a> is Null");
    check("a=is.NoT_NuLl", "* where <a> is NotNull");
    check("a=is.UnKnOwN", "* where <a> is Unknown");
    check("a=not.is.null", "* where not <a> is Null");
}

#[test]
fn sets_and_search() {
    check("arr=cs.{a,b}", "* where <arr> Contains '{a,b}'");
    check("arr=cs.{\"a\":1}", "* where <arr> Contains '{\"a\":1}'");
    check("arr=cd.{1,2,4}", "* where <arr> ContainedBy '{1,2,4}'");
    check("arr=ov.{1}", "* where <arr> Overlaps '{1}'");
    check("r=sl.(1,2)", "* where <r> StrictlyLeft '(1,2)'");
    check("r=sr.[1,2]", "* where <r> StrictlyRight '[1,2]'");
    check("r=nxr.(1,2)", "* where <r> NotExtendRight '(1,2)'");
    check("r=nxl.(1,2)", "* where <r> NotExtendLeft '(1,2)'");
    check("r=adj.(1,2)", "* where <r> Adjacent '(1,2)'");
    check("t=fts.fun%26possible", "* where <t> Raw 'fun&possible'");
    check("t=plfts.The%20Fat%20Rats", "* where <t> Plain 'The Fat Rats'");
    check("t=phfts.The%20Fat", "* where <t> Phrase 'The Fat'");
    check("t=wfts.a%20or%20b", "* where <t> Web 'a or b'");
    check("t=fts(english).a", "* where <t> Raw(english) 'a'");
    check("t=not.wfts(english).a", "* where not <t> Web(english) 'a'");
}

#[test]
fn keys() {
    check("data->a=eq.1", "* where <data>->a = '1'");
    check("data->a->>b=eq.1", "* where <data>->a->>b = '1'");
    check("data->>0=eq.1", "* where <data>->>[0] = '1'");
    check("data-%3E!@%23$%25%5E%26*_d-%3E%3E!@%23$%25%5E%26*_e=eq.3", "* where <data>->!@#$%^&*_d->>!@#$%^&*_e = '3'");
    check("\"a.b\"=eq.1", "* where <a.b> = '1'");
    check("a-b=eq.1", "* where <a-b> = '1'");
    check("field-with_sep=eq.1", "* where <field-with_sep> = '1'");
    check("a%20b=eq.1", "* where <a b> = '1'");
    check("limits=eq.1&orders=eq.2", "* where <limits> = '1' and <orders> = '2'");
    check("columns_=eq.1", "* where <columns_> = '1'");
    check("data->>order=eq.1", "* where <data>->>order = '1'");
}

#[test]
fn logic() {
    check("or=(id.eq.1,id.eq.2)", "* where (<id> = '1' or <id> = '2')");
    check("and=(id.eq.1)", "* where (<id> = '1')");
    check("not.or=(a.eq.1,b.eq.2)", "* where not (<a> = '1' or <b> = '2')");
    check("not.and=(a.eq.1,b.eq.2)", "* where not (<a> = '1' and <b> = '2')");
    check("or=(id.lte.2,id.gte.3)", "* where (<id> <= '2' or <id> >= '3')");
    check("or=(a.not.eq.1,not.and(b.gt.1,c.lt.2))", "* where (not <a> = '1' or not (<b> > '1' and <c> < '2'))");
    check("or=(and(a.eq.1,b.eq.2),c.is.null)", "* where ((<a> = '1' and <b> = '2') or <c> is Null)");
    check("or=(id.in.(1,2),id.in.(\"3\",\"4\"))", "* where (<id> in [\"1\", \"2\"] or <id> in [\"3\", \"4\"])");
    check(
        "and=(id.eq.1,name.eq.entity%201)&or=(id.eq.1,id.eq.2)",
        "* where (<id> = '1' and <name> = 'entity 1') and (<id> = '1' or <id> = '2')",
    );
    check("or=(name.eq.\"(a,b)\",x.eq.1)", "* where (<name> = '(a,b)' or <x> = '1')");
    check("or=(name.eq.\"a\"b,x.eq.1)", "* where (<name> = '\"a\"b' or <x> = '1')");
    check("or=(name.like.*1,name.ilike.*E%202)", "* where (<name> like '%1' or <name> ilike '%E 2')");
    check("or=(arr.cs.{1,2,3},arr.cd.{1})", "* where (<arr> Contains '{1,2,3}' or <arr> ContainedBy '{1}')");
    check("or=(a.cs.{\"x\":{\"y\":1}},b.eq.2)", "* where (<a> Contains '{\"x\":{\"y\":1}}' or <b> = '2')");
    check("and=(id.gte.2,arr.isdistinct.{1,2})", "* where (<id> >= '2' and <arr> isdistinct '{1,2}')");
    check("or=(data->a->>b.eq.foo,%20data->>b.eq.bar)", "* where (<data>->a->>b = 'foo' or <data>->>b = 'bar')");
    check("or=(a.eq(any).{1,2},b.eq.2)", "* where (<a> = any [\"1\", \"2\"] or <b> = '2')");
    check("or=(a.fts(english).x,b.is.true)", "* where (<a> Raw(english) 'x' or <b> is True)");
    check(
        "and=(%20and%20(%20id.in.(%201,%202,%203%20)%20,%20id.eq.3%20)%20,%20or%20(%20id.eq.2%20,%20id.eq.3%20)%20)",
        "* where ((<id> in [\"1\", \" 2\", \" 3 \"] and <id> = '3 ') and (<id> = '2 ' or <id> = '3 '))",
    );
    check("or=(%20id.eq.1,%20id.eq.2%20)", "* where (<id> = '1' or <id> = '2 ')");
    check("or=(a.eq.,b.eq.1)", "* where (<a> = '' or <b> = '1')");
    check("or=(or.eq.1,and.eq.2,not.eq.3)", "* where (<or> = '1' or <and> = '2' or <not> = '3')");
    check("or=(\"a.b\".eq.1)", "* where (<a.b> = '1')");
}

#[test]
fn embedded_filters() {
    check("select=id,a(id)&a.id=eq.1", "<id>, a(<id> where <id> = '1')");
    check("select=id,x:a(id)&x.id=eq.1", "<id>, x=a(<id> where <id> = '1')");
    check("select=a(b(id))&a.b.id=eq.1", "a(b(<id> where <id> = '1'))");
    check("select=a(b(id))&a.b.data->>x=eq.1", "a(b(<id> where <data>->>x = '1'))");
    check("select=a(id)&a.or=(id.eq.1,id.eq.2)", "a(<id> where (<id> = '1' or <id> = '2'))");
    check("select=a(id)&a.not.or=(id.eq.1,id.eq.2)", "a(<id> where not (<id> = '1' or <id> = '2'))");
    check("select=a(id)&not.a.or=(id.eq.1)", "a(<id> where not (<id> = '1'))");
    check("select=a(id)&a=is.null", "a(<id>) where <a> is Null");
    check("a.id=eq.1&select=id,a(id)", "<id>, a(<id> where <id> = '1')");
    check("select=...a(id)&a.id=eq.1", "...a(<id> where <id> = '1')");
    check("select=x:a(id),y:a(id)&y.id=eq.1", "x=a(<id>), y=a(<id> where <id> = '1')");
    check("select=x:a(id),a(id)&a.id=eq.1", "x=a(<id>), a(<id> where <id> = '1')");
}

#[test]
fn a_target_stands_for_its_alias_where_it_is_the_only_one() {
    check("select=x:a(id)&a.id=eq.1", "x=a(<id> where <id> = '1') renamed a=x");
    check("select=x:a(id)&a.id=eq.1&a.order=id&a.limit=1", "x=a(<id> where <id> = '1' order <id> limit 1) renamed a=x");
    check("select=x:a(y:b(id))&a.b.id=eq.1", "x=a(y=b(<id> where <id> = '1')) renamed a=x renamed b=y");
}
