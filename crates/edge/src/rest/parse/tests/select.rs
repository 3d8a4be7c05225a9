//! Select lists.

use super::check;

#[test]
fn everything_is_selected_without_a_list() {
    check("", "*");
    check("select=", "*");
    check("select=*", "*");
    check("select=%20", "*");
    check("select", "*");
    check("select=a&select=b", "<a>");
}

#[test]
fn columns() {
    check("select=id", "<id>");
    check("select=name,location", "<name>, <location>");
    check("select=id,%20name,%20tasks(id,%20name)", "<id>, <name>, tasks(<id>, <name>)");
    check("select=%20id%20,%20name%20", "<id>, <name>");
    check("select=id,+name", "<id>, <name>");
    check("select=identifier%20with%20spaces", "<identifier with spaces>");
    check("select=identifier-with-dashes", "<identifier-with-dashes>");
    check("select=field-with_sep", "<field-with_sep>");
    check("select=123", "<123>");
    check("select=_", "<_>");
    check("select=$", "<$>");
    check("select=\":\"", "<:>");
    check("select=\"a,b\",c", "<a,b>, <c>");
    check("select=\"say%20%5C\"hi%5C\"\"", "<say \"hi\">");
    check("select=\"%20leading%20and%20trailing%20\"", "< leading and trailing >");
    check("select=%D9%85%D9%88%D8%A7%D8%B1%D8%AF", "<موارد>");
    check("select=caf%C3%A9", "<café>");
    check("select=*,id", "*, <id>");
    check("select=id,id", "<id>, <id>");
}

#[test]
fn aliases_and_casts() {
    check("select=alias:name", "alias=<name>");
    check("select=\"a%20b\":name", "a b=<name>");
    check("select=alias:name::text", "alias=<name>::text");
    check("select=name::cast", "<name>::cast");
    check("select=name::double%20precision", "<name>::double precision");
    check("select=alias:name-%3Ejsonpath::cast", "alias=<name>->jsonpath::cast");
    check("select=alias:name-%3E!@%23$%25%5E%26*_a::cast", "alias=<name>->!@#$%^&*_a::cast");
}

#[test]
fn json_paths() {
    check("select=data-%3Etext", "<data>->text");
    check("select=data->a->b->>c", "<data>->a->b->>c");
    check("select=data->>text", "<data>->>text");
    check("select=data->1", "<data>->[1]");
    check("select=data->>1", "<data>->>[1]");
    check("select=data->-1", "<data>->[-1]");
    check("select=data->>-78", "<data>->>[-78]");
    check("select=data->0,other", "<data>->[0], <other>");
    check("select=data->0::int", "<data>->[0]::int");
    check("select=data->0->>1", "<data>->[0]->>[1]");
    check("select=data->23-xy-45", "<data>->23-xy-45");
    check("select=data->!@%23$%25^%26*_d->>!@%23$%25^%26*_e::integer", "<data>->!@#$%^&*_d->>!@#$%^&*_e::integer");
    check("select=data->\"a.b\"->>\"c,d\"", "<data>->a.b->>c,d");
    check("select=data->a b", "<data>->a b");
    check("select=field-with-dash->key", "<field-with-dash>->key");
    check("select=myFoo:settings->>foo::json", "myFoo=<settings>->>foo::json");
}

#[test]
fn aggregates() {
    check("select=count()", "count()");
    check("select=count", "count");
    check("select=\"count\"", "count");
    check("select=n:count()", "n=count()");
    check("select=count()::text", "count()::text");
    check("select=n:count()::int", "n=count()::int");
    check("select=n:count", "n=count");
    check("select=count,id", "count, <id>");
    check("select=price.sum()", "<price> sum");
    check(
        "select=price.avg(),price.max(),price.min(),price.count()",
        "<price> avg, <price> max, <price> min, <price> count",
    );
    check("select=total:price.sum()", "total=<price> sum");
    check("select=price::int.sum()::text", "<price>::int sum::text");
    check("select=s:data->>key::integer.sum()::text", "s=<data>->>key::integer sum::text");
    check("select=data->key.count()", "<data>->key count");
    check("select=projects(count)", "projects(count)");
    check("select=projects(count())", "projects(count())");
    check("select=name,project_invoices(invoice_total.avg())", "<name>, project_invoices(<invoice_total> avg)");
}

#[test]
fn embeds() {
    check("select=client(id)", "client(<id>)");
    check("select=*,client(*,nested(*))", "*, client(*, nested(*))");
    check("select=client()", "client()");
    check("select=client(%20)", "client()");
    check("select=alias:client(id)", "alias=client(<id>)");
    check("select=client!hint(id)", "client!hint(<id>)");
    check("select=client!inner(id)", "client inner(<id>)");
    check("select=client!left(id)", "client(<id>)");
    check("select=client!hint!inner(id)", "client!hint inner(<id>)");
    check("select=alias:client!inner!hint(id)", "alias=client!hint inner(<id>)");
    check("select=client!\"inner\"(id)", "client!inner(<id>)");
    check("select=client!leftover(id)", "client!leftover(<id>)");
    check("select=client!a!b(id)", "client!a(<id>)");
    check("select=client!inner!left(id)", "client inner(<id>)");
    check("select=client!a!\"innerr\"(id)", "client!a(<id>)");
    check("select=\"my%20client\"(id)", "my client(<id>)");
    check("select=client%20(id)", "client(<id>)");
    check("select=parent_id(*),id", "parent_id(*), <id>");
    check("select=a(b(c(d)))", "a(b(c(<d>)))");
    check("select=...client(id)", "...client(<id>)");
    check("select=...client!hint!inner(*)", "...client!hint inner(*)");
    check("select=*,...client(*),other(*)", "*, ...client(*), other(*)");
    check("select=...films()", "...films()");
    check("select=x(...y(a:b))", "x(...y(a=<b>))");
    check(
        "select=*,subscribers:subscriptions!subscribed(...posters!subscriber(*))",
        "*, subscribers=subscriptions!subscribed(...posters!subscriber(*))",
    );
}

#[test]
fn columns_and_conflict_target() {
    check("columns=a,b", "* columns [\"a\", \"b\"]");
    check("columns=\"a\",\"b%20c\"", "* columns [\"a\", \"b c\"]");
    check("columns=a%20,%20b", "* columns [\"a\", \"b\"]");
    check("columns=\"a\"%20,%20\"b\"", "* columns [\"a\", \"b\"]");
    check("columns=a,a", "* columns [\"a\"]");
    check("columns=field-with_sep", "* columns [\"field-with_sep\"]");
    check("on_conflict=a,b", "* conflict [\"a\", \"b\"]");
    check("on_conflict=a&columns=b&select=c", "<c> columns [\"b\"] conflict [\"a\"]");
}
