//! The limiter against a plain list of what it let through.

use super::*;
use crate::email::Email;
use crate::limits::WhenFull;
use proptest::prelude::*;
use uuid::Uuid;

const MINUTE_MS: u64 = 60_000;

fn rule(limit: u32, window_s: u32, when_full: WhenFull) -> Rule {
    Rule { route: Route::Password, by: By::Session, limit, window_s, when_full }
}

fn limiter(rules: Vec<Rule>) -> Limiter {
    Limiter::with_rules(rules, LimiterOptions::default())
}

fn session(id: u128) -> Caller<'static> {
    Caller { session: Some(Uuid::from_u128(id)), ..Caller::default() }
}

fn at(ip: &str) -> Caller<'static> {
    Caller { ip: Some(ip.parse().unwrap()), ..Caller::default() }
}

#[test]
fn the_numbers_of_the_table() {
    #[track_caller]
    fn check(route: Route, caller: &Caller<'_>, passes: u32, retry_after_s: u32) {
        let limiter = Limiter::new(LimiterOptions::default());
        for number in 0..passes {
            assert_eq!(limiter.admit(route, caller, 1000), Ok(()), "{number}");
        }
        assert_eq!(limiter.admit(route, caller, 1000).map_err(|refused| refused.retry_after_s), Err(retry_after_s));
        let later = 1000 + u64::from(retry_after_s) * 1000;
        assert!(limiter.admit(route, caller, later - 1).is_err());
        assert_eq!(limiter.admit(route, caller, later), Ok(()));
    }
    let address = Email::parse("ana@example.com").unwrap();
    let named = Caller { address: Some(&address), ..at("192.0.2.1") };
    check(Route::Password, &at("192.0.2.1"), 30, 300);
    check(Route::Refresh, &at("192.0.2.1"), 150, 300);
    check(Route::Refresh, &session(1), 30, 60);
    check(Route::MailedCode, &at("192.0.2.1"), 30, 300);
    check(Route::MailedCode, &named, 1, 60);
    check(Route::VerifyCode, &named, 20, 3600);
    check(Route::VerifyLink, &named, 60, 300);
    check(Route::Signup, &named, 1, 60);
    check(Route::AnonymousSignup, &named, 30, 3600);
    check(Route::FactorVerify, &at("192.0.2.1"), 15, 60);
    check(Route::FactorVerify, &Caller { factor: Some(Uuid::nil()), ..Caller::default() }, 5, 900);
    check(Route::Admin, &Caller { api_key: Some(Uuid::nil()), ..Caller::default() }, 600, 60);
    check(Route::MailSent, &Caller::default(), 100, 3600);
}

#[test]
fn mails_to_one_address() {
    let limiter = Limiter::new(LimiterOptions::default());
    let address = Email::parse("ana@example.com").unwrap();
    let mail = |now_ms| {
        let caller = Caller { address: Some(&address), ..Caller::default() };
        limiter.admit(Route::MailedCode, &caller, now_ms).map_err(|refused| refused.retry_after_s)
    };
    for number in 0..5 {
        assert_eq!(mail(number * MINUTE_MS), Ok(()));
        assert!(mail(number * MINUTE_MS + 1).is_err());
    }
    assert_eq!(mail(5 * MINUTE_MS), Err(55 * 60));
    for number in 0..5 {
        assert_eq!(mail((60 + number) * MINUTE_MS), Ok(()));
    }
    assert_eq!(mail(120 * MINUTE_MS), Err((24 - 2) * 3600));
    let gap_off = Limiter::new(LimiterOptions { mail_gap_s: 0, ..LimiterOptions::default() });
    let caller = Caller { address: Some(&address), ..Caller::default() };
    assert_eq!((0..6).filter(|_| gap_off.admit(Route::MailedCode, &caller, 0).is_ok()).count(), 5);
}

#[test]
fn a_locked_factor_stays_locked() {
    let limiter = limiter(vec![rule(5, 900, WhenFull::Lock)]);
    let try_at = |minute: u64| limiter.admit(Route::Password, &session(1), minute * MINUTE_MS);
    for minute in [0, 3, 6, 9, 12] {
        assert_eq!(try_at(minute), Ok(()));
    }
    // The first try is out of the window at 15, but the lock runs to 27.
    assert_eq!(try_at(16).map_err(|refused| refused.retry_after_s), Err(11 * 60));
    assert_eq!(try_at(27), Ok(()));
    limiter.clear(Route::Password, By::Session, &session(1));
    assert_eq!(limiter.subjects(), 0);
}

#[test]
fn a_refusal_uses_nothing_up() {
    let limiter = Limiter::new(LimiterOptions::default());
    let (ana, eve) = (Email::parse("ana@example.com").unwrap(), "192.0.2.66");
    for number in 0..30 {
        let other = Email::parse(&format!("u{number}@example.com")).unwrap();
        limiter.admit(Route::MailedCode, &Caller { address: Some(&other), ..at(eve) }, 0).unwrap();
    }
    for _ in 0..100 {
        let refused = limiter.admit(Route::MailedCode, &Caller { address: Some(&ana), ..at(eve) }, 1).unwrap_err();
        assert_eq!(refused.by, By::Ip);
    }
    limiter.admit(Route::MailedCode, &Caller { address: Some(&ana), ..at("192.0.2.1") }, 2).unwrap();
}

#[test]
fn scale_and_switch() {
    let passes = |options| {
        let limiter = Limiter::new(options);
        (0..10_000).filter(|_| limiter.admit(Route::Password, &at("192.0.2.1"), 0).is_ok()).count()
    };
    let scaled = |scale| passes(LimiterOptions { scale, ..LimiterOptions::default() });
    assert_eq!(scaled(2.0), 60);
    assert_eq!(scaled(0.5), 15);
    assert_eq!(scaled(0.001), 1);
    assert_eq!(scaled(1e300), 10_000);
    for broken in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert_eq!(scaled(broken), 30);
    }
    assert_eq!(passes(LimiterOptions { enabled: false, ..LimiterOptions::default() }), 10_000);
    let by_session = Limiter::new(LimiterOptions { scale: 100.0, ..LimiterOptions::default() });
    assert_eq!((0..100).filter(|_| by_session.admit(Route::Refresh, &session(1), 0).is_ok()).count(), 30);
}

#[test]
fn memory_is_bounded_and_given_back() {
    let options = LimiterOptions { subjects_max: 100, ..LimiterOptions::default() };
    let limiter = Limiter::with_rules(vec![rule(2, 60, WhenFull::Slide)], options);
    for id in 0..1000 {
        limiter.admit(Route::Password, &session(id), 0).unwrap();
        limiter.admit(Route::Password, &session(u128::MAX), id as u64 / 10).ok();
    }
    assert_eq!(limiter.subjects(), 100);
    for id in 0..60 {
        limiter.admit(Route::Password, &session(5000 + id), 10 * MINUTE_MS).unwrap();
    }
    assert_eq!(limiter.subjects(), 60, "idle subjects are forgotten as new ones come");
    let counts = limiter.counts.lock().unwrap();
    assert!(counts.tables.iter().all(|table| table.by_use.len() == table.windows.len()));
}

#[test]
fn many_threads_share_one_limit() {
    let limiter = limiter(vec![rule(30, 300, WhenFull::Slide)]);
    let passed: usize = std::thread::scope(|scope| {
        let one = || (0..100).filter(|_| limiter.admit(Route::Password, &session(1), 0).is_ok()).count();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 30);
}

proptest! {
    #[test]
    fn never_more_than_the_limit_in_any_window(
        limit in 1_u32..60, window_s in 1_u32..120, steps in prop::collection::vec(0_u64..4000, 1..400),
    ) {
        let limiter = limiter(vec![rule(limit, window_s, WhenFull::Slide)]);
        let span_ms = u64::from(window_s) * 1000;
        let (mut now_ms, mut passed) = (0, Vec::new());
        for step in steps {
            now_ms += step;
            let inside = |span: u64| passed.iter().filter(|&&time| time + span > now_ms).count();
            match limiter.admit(Route::Password, &session(1), now_ms) {
                Ok(()) => {
                    prop_assert!(inside(span_ms) < limit as usize);
                    passed.push(now_ms);
                }
                Err(refused) => {
                    // Exact for small limits; at most a sixteenth of the window too careful for large ones.
                    let grain_ms = if limit <= 16 { 0 } else { span_ms / 16 };
                    prop_assert!(inside(span_ms + grain_ms) >= limit as usize);
                    let later = now_ms + u64::from(refused.retry_after_s) * 1000;
                    prop_assert!(u64::from(refused.retry_after_s) <= u64::from(window_s));
                    let rule = rule(limit, window_s, WhenFull::Slide);
                    let counts = limiter.counts.lock().unwrap();
                    let subject = session(1).subject(By::Session).unwrap();
                    prop_assert_eq!(counts.wait_ms(0, &rule, &subject, later), None, "Retry-After is kept");
                }
            }
        }
    }

    #[test]
    fn a_clock_that_jumps_never_opens_the_window(times in prop::collection::vec(0_u64..100_000, 1..100)) {
        let limiter = limiter(vec![rule(3, 3600, WhenFull::Slide)]);
        let passed = times.iter().filter(|&&time| limiter.admit(Route::Password, &session(1), time).is_ok()).count();
        prop_assert_eq!(passed, times.len().min(3));
    }
}
