//! The texts of the mails: Go's spelling, mistakes with their lines, what values may bring in, and the built-in templates.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step is a failed test")]

use backstay_infra::template::{ALL, Kind, LoadError, Rendered, Templates, VARIABLES, Variables, sample, text_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(files: &[(&str, &str)]) -> Result<Templates, Vec<String>> {
    let folder = folder(files);
    Templates::load(Some(folder.path())).map_err(|error| match error {
        LoadError::Mistakes { findings } => findings.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    })
}

fn variables() -> Variables {
    Variables {
        site_url: "https://app.example.org:8443/x".to_owned(),
        email: "ana@example.org".to_owned(),
        token: "481516".to_owned(),
        confirmation_url: "https://a.example/verify?token=t&type=signup".to_owned(),
        data: json!({
            "name": "Ana", "lang": "pt", "n": 3, "half": 0.5, "yes": true, "no": false, "nothing": null, "empty": "",
            "tags": ["a", "b"], "deep": { "er": { "est": "x" } }, "first-name": "A", "evil": "<b>\"x\" & 'y'</b>",
            "script": " java\tscript:alert(1)", "lines": "a\r\nBcc: eve@evil.example", "items": { "k": "v" },
        }),
        ..Variables::default()
    }
}

fn rendered(files: &[(&str, &str)]) -> Rendered {
    load(files).unwrap().render(Kind::Confirmation, &variables()).unwrap()
}

#[track_caller]
fn html(source: &str, expected: &str) {
    assert_eq!(rendered(&[("confirmation.html", source)]).html, expected, "{source}");
}

#[track_caller]
fn mistake(source: &str, expected: &str) {
    let found = load(&[("confirmation.html", source)]).map(|_| ()).unwrap_err();
    assert!(found.len() == 1 && found[0].contains(expected), "{source}: no `{expected}` in {found:?}");
}

#[test]
fn the_spelling_of_go_is_understood() {
    html("{{ .Token }}", "481516");
    html("{{.Token}}", "481516");
    html("{{ .Data.name }} {{ .Data.deep.er.est }}", "Ana x");
    html("{{ index .Data \"first-name\" }}{{ index .Data.tags 1 }}", "Ab");
    html("{{ .Data.missing }}|{{ .Data.nothing }}|{{ .Data.a.b.c }}|{{ .NewEmail }}", "|||");
    html("{{ .Data.n }} {{ .Data.half }} {{ .Data.yes }}", "3 0.5 true");
    html("{{ if .Token }}a{{ else }}b{{ end }}{{ if .NewEmail }}a{{ else }}b{{ end }}", "ab");
    html(
        "{{ if .Data.missing }}a{{ else if eq .Data.lang \"en\" }}b{{ else if eq .Data.lang \"de\" \"pt\" }}c{{ end }}",
        "c",
    );
    html(
        "{{ if not .Data.no }}a{{ end }}{{ if and .Token .Data.yes }}b{{ end }}{{ if or .NewEmail .Token }}c{{ end }}",
        "abc",
    );
    html("{{ if (and (eq .Data.lang \"pt\") (gt .Data.n 2)) }}a{{ end }}{{ if ne .Data.n 3 }}b{{ end }}", "a");
    html(
        "{{ if le .Data.n 3 }}a{{ end }}{{ if lt (len .Data.tags) 2 }}b{{ end }}{{ if ge .Data.n 3 }}c{{ end }}",
        "ac",
    );
    html("{{ with .Data.name }}{{ . }} {{ $.Token }}{{ else }}none{{ end }}", "Ana 481516");
    html("{{ with .Data.missing }}{{ . }}{{ else }}none {{ .Token }}{{ end }}", "none 481516");
    html("{{ with .Data.deep }}{{ .er.est }}{{ end }}", "x");
    html("{{ range .Data.tags }}<i>{{ . }}</i>{{ else }}none{{ end }}", "<i>a</i><i>b</i>");
    html("{{ range .Data.missing }}{{ . }}{{ else }}none{{ end }}{{ range .Data.name }}x{{ end }}", "none");
    html(
        "{{ range $i, $t := .Data.tags }}{{ $i }}{{ $t }}{{ end }}{{ range $k, $v := .Data.items }}{{ $k }}={{ $v }}{{ end }}",
        "0a1bk=v",
    );
    html("{{ $x := .Data.name }}{{ $x }}{{ $y := \"z\" }}{{ $y }}", "Anaz");
    html("a {{- .Token -}} b {{/* not shown */}}c{{- /* nor this */ -}} d", "a481516b cd");
    html(
        "{{ .Data.name | printf \"%s-%s\" .Data.lang }}{{ printf \"%d%% %q\" .Data.n \"q\" }}",
        "pt-Ana3% &quot;q&quot;",
    );
    html("{{ print .Data.name .Token }}{{ \"}}\" }}{{ `raw` }}", "Ana481516}}raw");
    html("{{ .Email | urlquery }}{{ .Token | html }}", "ana%40example.org481516");
    html("{{ host .SiteURL }} {{ host \"no url\" }}", "app.example.org:8443 no url");
    html("{{ (index .Data.deep \"er\").est }}", "x");
    html("{{ true }}{{ if nil }}x{{ end }}", "true");
}

#[test]
fn what_looks_like_the_engine_is_text() {
    html("{% raw %}{# c #}{%- if x %}", "{% raw %}{# c #}{%- if x %}");
    html("<style>a{%x}b{#id{c:d}}</style>{ {{ .Token }}}", "<style>a{%x}b{#id{c:d}}</style>{ 481516}");
    html("{", "{");
    html("% } } # 'x'", "% } } # 'x'");
}

#[test]
fn values_bring_no_markup_in() {
    html(
        "<p title=\"{{ .Data.evil }}\">{{ .Data.evil }}</p>",
        "<p title=\"&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;\">&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;</p>",
    );
    html("{{ printf \"<i>%s\" .Data.evil }}", "&lt;i&gt;&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;");
    html("<a href=\"{{ .ConfirmationURL }}\">", "<a href=\"https://a.example/verify?token=t&amp;type=signup\">");
    html("<a href='{{ .Data.script }}'><img src = \"{{ .Data.script }}\">", "<a href='#'><img src = \"#\">");
    html("<a href=\"myapp://x?u={{ .Data.name }}\">", "<a href=\"myapp://x?u=Ana\">");
    let mail = rendered(&[
        ("confirmation.subject", "Hi {{ .Data.lines }} {{ .Data.evil }}"),
        ("confirmation.txt", "{{ .Data.evil }}"),
    ]);
    assert_eq!(mail.subject.as_str(), "Hi a Bcc: eve@evil.example <b>\"x\" & 'y'</b>");
    assert_eq!(mail.text, "<b>\"x\" & 'y'</b>");
    // In MJML too: in text, in attributes, under the compiler's own rewriting.
    let mjml = "<mjml><mj-head><mj-preview>{{ .Data.evil }}</mj-preview></mj-head><mj-body><mj-section><mj-column>\
                <mj-text>{{ .Data.evil }}{{ if eq .Data.lang \"pt\" }}oi{{ end }}</mj-text>\
                <mj-button href=\"{{ index .Data \"script\" }}\">{{ .Token }}</mj-button>\
                <mj-button href=\"{{ .ConfirmationURL }}\">go</mj-button></mj-column></mj-section></mj-body></mjml>";
    let mail = rendered(&[("confirmation.mjml", mjml)]);
    assert_eq!(mail.html.matches("&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;").count(), 2);
    assert!(
        !mail.html.contains("<b>") && !mail.html.contains("alert") && mail.html.contains("href=\"#\""),
        "{}",
        mail.html
    );
    assert!(
        mail.html.contains("oi</div>")
            && mail.html.contains("href=\"https://a.example/verify?token=t&amp;type=signup\"")
    );
    assert!(!mail.html.contains("fonts.googleapis.com"), "a mail must not fetch fonts");
}

#[test]
fn mistakes_are_told_with_their_line() {
    mistake(
        "a\n{{ .Tokn }}",
        "confirmation.html:2: `{{ .Tokn }}` uses the unknown variable `.Tokn`; there are .SiteURL .ConfirmationURL",
    );
    mistake("{{ Token }}", "uses the unknown function `Token`; the variable is written `.Token`");
    mistake("{{ upper .Token }}", "uses the unknown function `upper`; there are and eq ge gt host");
    mistake("{{ if .Token }}\nx", "confirmation.html:1: `{{ if … }}` is never closed by `{{ end }}`");
    mistake("{{ end }}", "closes nothing");
    mistake("{{ else }}", "stands outside of an `if`");
    mistake("{{ if .Token }}{{ else }}{{ else }}{{ end }}", "comes after the `else`");
    mistake("{{ .Token", "`{{` is never closed by `}}`");
    mistake("{{ }}", "is empty");
    mistake("{{ if }}x{{ end }}", "is empty");
    mistake("{{ . }}", "prints all variables");
    mistake("{{ $x }}", "uses `$x`, which has no value yet");
    mistake("{{ .Token .Email }}", "two values side by side");
    mistake("{{ eq .Token }}", "takes at least 2");
    mistake("{{ not .Token .Email }}", "gives `not` 2 values; it takes 1");
    mistake("{{ \"abc }}", "is never closed");
    mistake("{{ (.Token }}", "lacks a `)`");
    mistake("{{ .Token) }}", "has a `)` too many");
    mistake("{{ .Token | }}", "needs a function after `|`");
    mistake("{{ .Data.first-name }}", "write index .Data");
    mistake("{{ template \"x\" . }}", "<mj-include");
    mistake("{{ .Token; }}", "has a `;` that means nothing");
    let all = load(&[
        ("confirmation.html", "{{ .A }}\n{{ .B }}"),
        ("recovery.txt", "\n\n{{ .C }}"),
        ("recovery.subject", "two\nlines"),
        ("invite.mjml", "<mjml><mj-body><mj-section></mj-body></mjml>"),
        ("magic_link.mjml", "<mjml>\n<mj-body><mj-include path=\"gone.mjml\" /></mj-body></mjml>"),
        ("recover.html", "x"),
        ("email_change.html", "x"),
        ("email_change.mjml", "<mjml></mjml>"),
        ("lonely.mjml", "<mj-text>x</mj-text>"),
        ("notes.md", "left alone"),
    ])
    .unwrap_err();
    for words in [
        "confirmation.html:1: `{{ .A }}`",
        "confirmation.html:2: `{{ .B }}`",
        "recovery.txt:3: `{{ .C }}`",
        "recovery.subject: a subject is one line",
        "invite.mjml: MJML: ",
        "magic_link.mjml: <mj-include path=\"gone.mjml\" />: there is no such file",
        "recover.html: no mail is called `recover`; there are confirmation, invite",
        "email_change.html: stands beside email_change.mjml",
        "lonely.mjml: is no template and no other file includes it",
    ] {
        assert!(all.iter().any(|finding| finding.contains(words)), "no `{words}` in {all:#?}");
    }
    assert_eq!(all.len(), 9, "{all:#?}");
    let both =
        load(&[("confirmation.mjml", "<mjml><mj-body>\n<mj-raw>{{ .Tokn }}</mj-raw></mj-body></mjml>")]).unwrap_err();
    assert!(both.len() == 1 && both[0].starts_with("confirmation.mjml:2:"), "{both:?}");
    assert!(
        load(&[("confirmation.mjml", "<mjml><mj-body><mj-include path=\"confirmation.mjml\" /></mj-body></mjml>")])
            .is_err()
    );
    assert!(matches!(Templates::load(Some(Path::new("/nowhere/at/all"))), Err(LoadError::Unreadable { .. })));
}

/// Templates as people have them.
#[test]
fn templates_in_the_wild_load() {
    let mail = rendered(&[(
        "confirmation.html",
        "<h2>Confirm your signup</h2>\n\n<p>Follow this link to confirm your user:</p>\n\
         <p><a href=\"{{ .SiteURL }}/auth/confirm?token_hash={{ .TokenHash }}&type=email&next={{ .RedirectTo }}\">Confirm your mail</a></p>\n\
         <p>Alternatively, enter the code: {{ .Token }}</p>\n{{ if eq .Data.lang \"pt\" }}<p>Olá {{ .Data.name }}</p>{{ end }}",
    )]);
    assert_eq!(
        mail.text,
        "Confirm your signup\n\nFollow this link to confirm your user:\n\n\
         Confirm your mail: https://app.example.org:8443/x/auth/confirm?token_hash=&type=email&next=\n\n\
         Alternatively, enter the code: 481516\n\nOlá Ana\n"
    );
    assert_eq!(mail.subject.as_str(), "Confirm your email address");
    // One part alone may be replaced; a text of one's own wins over the one made from the HTML.
    let mail = rendered(&[
        ("confirmation.txt", "Only {{ .Token }}\n"),
        ("_footer.mjml", "<mj-section><mj-column><mj-text>Our foot</mj-text></mj-column></mj-section>"),
    ]);
    assert_eq!(mail.text, "Only 481516");
    assert!(mail.html.contains("Our foot") && mail.html.contains("481516"));
}

#[test]
fn text_is_taken_out_of_html() {
    for (html, expected) in [
        ("a<br>b<br/>c", "a\nb\nc\n"),
        ("<p>a</p><p>b</p>", "a\n\nb\n"),
        ("<div style=\"display: none\">hidden <b>too</b></div>shown", "shown\n"),
        ("<style>p{}</style><title>t</title><script>x<y</script>shown", "shown\n"),
        ("<!-- c --><!--[if mso]><p>mso</p><![endif]-->shown", "shown\n"),
        ("a &lt;b&gt; &amp;amp; &#39;c&#x27; &nbsp;&unknown; &", "a <b> &amp; 'c' &unknown; &\n"),
        ("<a href=\"https://a.example/?a=1&amp;b=2\">go</a>", "go: https://a.example/?a=1&b=2\n"),
        ("<a href=\"https://a.example\">https://a.example</a>", "https://a.example\n"),
        ("<a href='mailto:a@b.example'>write</a>", "write: a@b.example\n"),
        ("<a href=\"#\">x</a>", "x\n"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b\n"),
        ("<img alt=\"Logo\" src=\"x\"> <b>a</b>b", "Logo ab\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ("<p title=\"a>b\">x</p>", "x\n"),
        ("unclosed <b", "unclosed\n"),
        ("", "\n"),
        ("<", "\n"),
    ] {
        assert_eq!(text_of(html), expected, "{html}");
    }
}

#[test]
fn built_in_mails_are_whole() {
    let templates = Templates::load(None).unwrap();
    let previews = templates.previews().unwrap();
    assert_eq!(previews.len(), ALL.len());
    let mut subjects = BTreeSet::new();
    for (kind, mail) in previews {
        let (name, values) = (kind.name(), sample(kind));
        assert!(subjects.insert(mail.subject.as_str().to_owned()), "{name}: a subject of its own");
        assert!(mail.html.starts_with("<!doctype html><html lang=\"en\" dir=\"ltr\""), "{name}");
        assert!(mail.html.contains("color-scheme") && mail.html.contains("role=\"presentation\""), "{name}");
        for outside in ["<img", "<link", "@import", "url(", "<script", "{{", "}}</", "{%"] {
            assert!(!mail.html.contains(outside), "{name}: {outside}");
        }
        assert!(!mail.text.contains("{{") && !mail.text.contains('<'), "{name}: {}", mail.text);
        assert!(mail.html.len() < 20_000, "{name}: mail programs cut long mails");
        for (value, escaped) in [&values.token, &values.confirmation_url, &values.new_email, &values.provider]
            .map(|value| (value, value.replace('&', "&amp;")))
        {
            assert!(mail.html.contains(&escaped), "{name}: {value}");
            assert!(mail.text.contains(value.as_str()), "{name}: {value}");
        }
        // Links of a mail lead to the application and nowhere else.
        for link in mail.html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(
                link.starts_with("https://app.example.org")
                    || link.starts_with("https://api.example.org/auth/v1/verify?"),
                "{name}: {link}"
            );
        }
    }
}

/// Without a code no box, without a link no button, and the other way round.
#[test]
fn what_is_absent_leaves_no_hole() {
    let templates = Templates::load(None).unwrap();
    for kind in
        [Kind::Confirmation, Kind::Invite, Kind::MagicLink, Kind::Recovery, Kind::EmailChange, Kind::Reauthentication]
    {
        let full = sample(kind);
        let code = templates.render(kind, &Variables { confirmation_url: String::new(), ..full.clone() }).unwrap();
        assert!(
            code.html.contains(&full.token)
                && !code.html.contains("href=\"\"")
                && !code.html.contains("button does not work")
        );
        let link = templates.render(kind, &Variables { token: String::new(), ..full.clone() }).unwrap();
        assert!(
            !link.html.contains("481516") && !link.html.contains("The code works") && !link.text.contains("481516")
        );
    }
}

#[test]
fn variables_are_the_documented_ones() {
    let Value::Object(members) = serde_json::to_value(Variables::default()).unwrap() else { panic!("an object") };
    let names: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(names, VARIABLES.iter().copied().collect());
}
