//! The table of limits, and the keys that callers are counted by.

use super::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn ip_key(text: &str) -> Subject {
    Caller { ip: Some(text.parse().unwrap()), ..Caller::default() }.subject(By::Ip).unwrap()
}

#[test]
fn the_table_has_its_configured_lines_in_place() {
    assert_eq!((RULES[MAIL_GAP].route, RULES[MAIL_GAP].by, RULES[MAIL_GAP].limit), (Route::MailedCode, By::Address, 1));
    assert_eq!((RULES[MAIL_BUDGET].route, RULES[MAIL_BUDGET].by), (Route::MailSent, By::Instance));
    for (place, rule) in RULES.iter().enumerate() {
        assert!(rule.limit > 0 && rule.window_s > 0, "{place}");
        let same = |other: &&Rule| (other.route, other.by, other.window_s) == (rule.route, rule.by, rule.window_s);
        assert_eq!(RULES.iter().filter(same).count(), 1, "{place} is there twice");
    }
}

#[test]
fn one_customer_is_one_key() {
    for (left, right, same) in [
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("192.0.2.1", "::ffff:c000:201", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("::1", "127.0.0.1", false),
        ("::", "0.0.0.0", false),
        ("64:ff9b::c000:201", "64:ff9b::c000:202", true),
    ] {
        assert_eq!(ip_key(left) == ip_key(right), same, "{left} {right}");
    }
}

#[test]
fn kinds_never_meet_and_what_is_absent_is_not_counted() {
    let address = Email::parse("Ana@Example.com").unwrap();
    let lower = Email::parse("ana@example.com").unwrap();
    let caller = Caller { address: Some(&address), ..Caller::default() };
    let folded = Caller { address: Some(&lower), ..Caller::default() };
    assert_eq!(caller.subject(By::Address), folded.subject(By::Address));
    assert_eq!(caller.subject(By::Ip), None);
    let id = Some(Uuid::from_u128(7));
    let all =
        Caller { ip: Some(Ipv4Addr::LOCALHOST.into()), address: Some(&lower), session: id, factor: id, api_key: id };
    let kinds = [By::Ip, By::Address, By::Session, By::Factor, By::ApiKey, By::Instance];
    let subjects: std::collections::BTreeSet<Subject> = kinds.iter().map(|&by| all.subject(by).unwrap()).collect();
    assert_eq!(subjects.len(), kinds.len());
}

proptest::proptest! {
    #[test]
    fn a_key_of_ipv6_is_its_first_half(address: u128, host: u64) {
        let moved = (address & !u128::from(u64::MAX)) | u128::from(host);
        let (left, right) = (Ipv6Addr::from_bits(address), Ipv6Addr::from_bits(moved));
        if left.to_ipv4_mapped().is_none() && right.to_ipv4_mapped().is_none() {
            let subject = |ip: Ipv6Addr| Caller { ip: Some(ip.into()), ..Caller::default() }.subject(By::Ip);
            proptest::prop_assert_eq!(subject(left), subject(right));
        }
    }
}
