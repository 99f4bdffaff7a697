//! Scripts as a shell reads them.

use super::*;
use crate::settings::cuts;
use std::format;
use std::string::{String, ToString as _};

fn entries(text: &str) -> Vec<(&'static str, String)> {
    let found = read(text, &Scope::Machine).entries.into_iter();
    found.map(|entry| (entry.key.as_str(), entry.value.to_string())).collect()
}

fn mistakes(text: &str) -> Vec<(MistakeKind, &str)> {
    let found = read(text, &Scope::Machine).mistakes.into_iter();
    found.map(|mistake| (mistake.kind, &text[mistake.at])).collect()
}

#[test]
fn a_value_ends_where_the_shell_ends_it() {
    for (text, want) in [
        ("http_proxy=http://p:1; export http_proxy", &[("http_proxy", "http://p:1")][..]),
        ("http_proxy=http://p:1;export http_proxy\n", &[("http_proxy", "http://p:1")]),
        ("export https_proxy='http://p:1' # the proxy", &[("https_proxy", "http://p:1")]),
        (
            "export http_proxy=\"http://p:1\" no_proxy=a,b",
            &[("http_proxy", "http://p:1"), ("no_proxy", "a,b")],
        ),
        ("A=b http_proxy=http://u:p#w@p:1 && export http_proxy", &[("http_proxy", "http://u:p#w@p:1")]),
        ("http_proxy=http://\"p\":'1'", &[("http_proxy", "http://p:1")]),
        ("http_proxy=http://u:a\\;b@p:1", &[("http_proxy", "http://u:a;b@p:1")]),
        ("http_proxy=\"a\\\"\\b\"", &[("http_proxy", "a\"\\b")]),
        ("declare -x HTTP_PROXY=\"http://p:1\"", &[("HTTP_PROXY", "http://p:1")]),
        ("export http_proxy=; x", &[("http_proxy", "")]),
        ("# http_proxy=http://p:1", &[]),
        ("echo http_proxy=http://p:1", &[]),
        ("export MY_http_proxy=x http_proxy", &[]),
    ] {
        let want: Vec<_> = want.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        assert_eq!((entries(text), mistakes(text)), (want, Vec::new()), "{text}");
        cuts::hold(text, |text| read(text, &Scope::Machine));
    }
    let text = "export http_proxy=\"http://p:1\"";
    assert_eq!(&text[read(text, &Scope::Machine).entries[0].at.clone()], "http://p:1");
}

#[test]
fn what_the_shell_would_fill_in() {
    use MistakeKind as K;
    let text = "export http_proxy=http://$HOST:${PORT} https_proxy=\"$http_proxy\" no_proxy='$x',`y z`\n";
    let want = ["$HOST", "${PORT}", "$http_proxy", "`y z`"].map(|at| (K::ValueReference, at));
    assert_eq!(mistakes(text), want);
    let values =
        [("http_proxy", "http://$HOST:${PORT}"), ("https_proxy", "$http_proxy"), ("no_proxy", "$x,`y z`")];
    assert_eq!(entries(text), values.map(|(name, value)| (name, value.to_string())));
    cuts::hold(text, |text| read(text, &Scope::Machine));
    assert_eq!(mistakes("http_proxy=http://u:\\$p@p:1; export http_proxy"), []);
}

#[test]
fn other_mistakes() {
    use MistakeKind as K;
    assert_eq!(mistakes("export http_proxy=\"http://p:1"), [(K::QuoteOpen, "\"http://p:1")]);
    let text = "export A=b; https_proxy=http://p:1 sudo apt-get install mdatp";
    assert_eq!((entries(text), mistakes(text)), (Vec::new(), [(K::SudoDropsVariable, "sudo")].into()));
    let text = "https_proxy=http://p:1 sudo -E apt-get install mdatp";
    assert_eq!(mistakes(text), [(K::OneCommand, "https_proxy")], "sudo hands it on");
    assert_eq!(mistakes("export https_proxy=http://p:1; sudo apt-get install mdatp"), []);
}

/// What dash and bash say (`. ./script; env`), where they know the form and nothing is a mistake.
#[test]
fn what_a_shell_has_in_the_end() {
    for (text, want) in [
        ("export no_proxy=a,\\\nb,c.example\n", &[("no_proxy", "a,b,c.example")][..]),
        ("export no_proxy=\"a,\\\n  b\"\n", &[("no_proxy", "a,  b")]),
        (
            "export \\\n  http_proxy=http://p:1 \\\n  no_proxy=a\n",
            &[("http_proxy", "http://p:1"), ("no_proxy", "a")],
        ),
        ("export no_proxy='a,\nb'\nexport http_proxy=p", &[("no_proxy", "a,\nb"), ("http_proxy", "p")]),
        ("cat <<EOF\nexport http_proxy=h\nEOF\nexport https_proxy=a\n", &[("https_proxy", "a")]),
        ("cat <<-'E F' >/dev/null; export no_proxy=b\n\thttp_proxy=h\n\tE F\n", &[("no_proxy", "b")]),
        (
            "cat <<A <<B; export no_proxy=b\nhttp_proxy=h\nA\nhttp_proxy=i\nB\nhttp_proxy=j",
            &[("no_proxy", "b"), ("http_proxy", "j")],
        ),
        ("cat <<<EOF\nexport http_proxy=h\nEOF", &[("http_proxy", "h")]),
        ("echo $((1<<2))\nexport http_proxy=h", &[("http_proxy", "h")]),
        ("(( x<<2 ))\nexport http_proxy=h", &[("http_proxy", "h")]),
        ("alias p='export http_proxy=h\nno_proxy=x'\nexport https_proxy=a", &[("https_proxy", "a")]),
        (
            "echo hi >/dev/null 2>&1\nexport http_proxy=a 2>/dev/null no_proxy=b",
            &[("http_proxy", "a"), ("no_proxy", "b")],
        ),
        ("export http_proxy=a\nunset http_proxy", &[]),
        (
            "export http_proxy=a https_proxy=b\nunset -v http_proxy https_proxy; export http_proxy=c",
            &[("http_proxy", "c")],
        ),
        ("export http_proxy=a; export -n http_proxy", &[]),
        // What another file sets is unset, too.
        ("unset http_proxy", &[("http_proxy", "")]),
        ("p() {\n export http_proxy=a\n}\np\n", &[("http_proxy", "a")]),
        ("off() { unset http_proxy; }\nexport http_proxy=a\noff", &[]),
        ("p() { http_proxy=a; }\nexport http_proxy=b\np", &[("http_proxy", "a")]),
        ("p() { http_proxy=a; }\np\nexport http_proxy=b", &[("http_proxy", "a"), ("http_proxy", "b")]),
        ("off() { unset http_proxy; }\noff\nexport http_proxy=a", &[("http_proxy", "a")]),
        ("{ export http_proxy=a; }\ntrue && export no_proxy=b", &[("http_proxy", "a"), ("no_proxy", "b")]),
        ("if true; then :; fi\nfor x in a b; do echo $x; done\nexport http_proxy=a", &[("http_proxy", "a")]),
        ("case x in\n a|b) echo ;;\n (c) echo ;;\nesac\nexport http_proxy=a", &[("http_proxy", "a")]),
        ("[ -f x ] && { echo; }\nexport http_proxy=a", &[("http_proxy", "a")]),
        ("f () ( echo )\nexport http_proxy=a", &[("http_proxy", "a")]),
    ] {
        let want: Vec<_> = want.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        assert_eq!((entries(text), mistakes(text)), (want, Vec::new()), "{text}");
        cuts::hold(text, |text| read(text, &Scope::Machine));
    }
}

#[test]
fn what_is_set_for_one_command_is_not_set() {
    let text = "export http_proxy=http://a.example:1\nhttp_proxy=http://c.example:4 curl -s x\n";
    assert_eq!(entries(text), [("http_proxy", "http://a.example:1".into())]);
    assert_eq!(mistakes(text), [(MistakeKind::OneCommand, "http_proxy")]);
    let text = "no_proxy=a >/dev/null curl x; https_proxy=b\\\n; http_proxy=c env";
    assert_eq!(entries(text), [("https_proxy", "b".into())]);
    assert_eq!(
        mistakes(text),
        [(MistakeKind::OneCommand, "no_proxy"), (MistakeKind::OneCommand, "http_proxy")]
    );
}

#[test]
fn what_may_not_be_carried_out() {
    let branch = |text| {
        let kinds =
            mistakes(text).into_iter().map(|(kind, at)| (kind == MistakeKind::AssignmentInBranch, at));
        (entries(text), kinds.collect::<Vec<_>>())
    };
    for text in [
        "if [ -f x ]; then\n export http_proxy=a\nfi",
        "case $x in\n laptop|desktop) http_proxy=a ;;\nesac",
        "case $x in laptop) export http_proxy=a;; esac",
        "for x in a; do export http_proxy=a; done",
        "while read x\ndo http_proxy=a\ndone",
        "[ -f x ] && export http_proxy=a",
        "[ -f x ] || export http_proxy=a",
        "[ -f x ] && { export http_proxy=a; }",
        "[ -f x ] && { echo; } && export http_proxy=a",
        "( export http_proxy=a )",
        "f() ( export http_proxy=a )",
        "f() { if x; then export http_proxy=a; fi; }\nf",
        "echo | export http_proxy=a",
    ] {
        assert_eq!(
            branch(text),
            ([("http_proxy", "a".into())].into(), [(true, "http_proxy")].into()),
            "{text}"
        );
        cuts::hold(text, |text| read(text, &Scope::Machine));
    }
    let text = "export http_proxy=a\nif [ -f /etc/home ]; then\n  export http_proxy=\n  unset http_proxy\nfi";
    let found = [(true, "http_proxy"), (true, "http_proxy")];
    assert_eq!(branch(text).1, found);
    assert_eq!(entries(text).len(), 2);
}

#[test]
fn functions_that_nothing_calls() {
    use MistakeKind as K;
    let check = |text: &str, values: &[(&'static str, &str)], notes: &[(K, &str)]| {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        assert_eq!((entries(text), mistakes(text)), (values, notes.to_vec()), "{text}");
    };
    let notes = [(K::AssignmentInFunction, "http_proxy"), (K::AssignmentInFunction, "no_proxy")];
    for head in ["proxy_on() {", "proxy_on ()\n{", "function proxy_on {", "function proxy_on () {"] {
        let text = format!("{head}\n  export http_proxy=f\n  export no_proxy=c.example\n}}\n");
        check(&text, &[("http_proxy", "f"), ("no_proxy", "c.example")], &notes);
        // Where it is set for sure, that counts.
        let text = format!("export http_proxy=a\n{text}");
        check(&text, &[("http_proxy", "a"), ("no_proxy", "c.example")], &notes);
    }
    let off = "export http_proxy=a\nproxy_off() {\n unset http_proxy\n}\n";
    check(off, &[("http_proxy", "a")], &notes[..1]);
    check("export http_proxy=a\nf\nf() { http_proxy=b; }", &[("http_proxy", "a")], &notes[..1]);
}

#[test]
fn quotation_marks_that_are_not_closed() {
    use MistakeKind as K;
    for text in [
        "export http_proxy=\"http://p:1\nexport no_proxy=\"a\"\n",
        "export http_proxy=\"http://p:1\r\nexport no_proxy=a\n",
    ] {
        assert_eq!(mistakes(text), [(K::QuoteOpen, "\"http://p:1")]);
        assert_eq!(entries(text), [("http_proxy", "http://p:1".into()), ("no_proxy", "a".into())]);
    }
    assert_eq!(entries("echo it's\nexport no_proxy=a"), [("no_proxy", "a".into())]);
    let here = "export no_proxy=a\ncat <<EOF\nexport http_proxy=h\n";
    assert_eq!(
        (entries(here), mistakes(here)),
        ([("no_proxy", "a".into())].into(), [(K::CutOff, "<<EOF")].into())
    );
}

#[test]
fn which_texts_are_scripts() {
    for text in [
        "#!/bin/sh\n",
        "export A=b",
        "a=1\n  export a",
        "a=1;export a",
        "a=1 && export a",
        "declare -x A=\"b\"",
    ] {
        assert!(is_script(text), "{text}");
    }
    for text in ["A=b\n", "# export A\n", "exported=1", "https_proxy=http://p:1 sudo x", ""] {
        assert!(!is_script(text), "{text}");
    }
}

#[test]
fn any_bytes_in_linear_time() {
    for part in [
        "${",
        "`",
        "a=\"$b\" ",
        "\\",
        "http_proxy=$a ",
        "$(\n",
        "http_proxy=\"\n",
        "http_proxy='\n\"\n",
        "\"\n\"",
        "<<a ",
        "<<a\n",
        "{ f() { if (\n",
        "((",
        "unset http_proxy;no_proxy=a;",
        "\\\n",
    ] {
        let many = part.repeat(20_000);
        let _ = read(&many, &Scope::Machine);
    }
}
