//! The rules as a table, and what must hold after any sequence of events.

use super::*;
use proptest::prelude::*;

const PHONE: &str = "Dart/3.4 (dart:io)";
const NOW_S: i64 = 1_800_000_000;
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

fn client(user_agent: &str, address: &str) -> ClientFacts {
    ClientFacts::of(user_agent, Some(address.parse().unwrap()))
}

fn home() -> ClientFacts {
    client(PHONE, "203.0.113.7")
}

/// The live token has the counter 10 and was handed out some seconds ago.
fn state(rotated_s: i64) -> SessionState {
    SessionState {
        counter: 10,
        barrier: 0,
        created_at_s: NOW_S - rotated_s - DAY_S,
        rotated_at_s: NOW_S - rotated_s,
        current_used: false,
        client: home(),
    }
}

#[track_caller]
fn check(state: &SessionState, presented: u64, client: &ClientFacts, strict: Decision, compat: Decision) {
    for (profile, expected) in [(Profile::Strict, strict), (Profile::Compat, compat)] {
        let decision = decide(state, presented, NOW_S, client, (Windows::default(), profile));
        assert_eq!(decision, expected, "{profile:?}, token {presented} of {state:?}");
    }
}

#[track_caller]
fn both(state: &SessionState, presented: u64, expected: Decision) {
    check(state, presented, &home(), expected, expected);
}

#[test]
fn the_live_token_rotates() {
    for rotated_s in [-100, 0, 29, 30, HOUR_S, 14 * DAY_S] {
        both(&state(rotated_s), 10, Decision::Rotate);
        check(&state(rotated_s), 10, &client("curl/8", "2001:db8::1"), Decision::Rotate, Decision::Rotate);
    }
}

#[test]
fn many_tabs() {
    for rotated_s in [-100, 0, 29] {
        both(&state(rotated_s), 9, Decision::SameAgain);
        both(&state(rotated_s), 8, Decision::SameAgain);
        check(&state(rotated_s), 7, &home(), Decision::Theft, Decision::SameAgain);
        check(&state(rotated_s), 0, &home(), Decision::Theft, Decision::SameAgain);
    }
    both(&state(30), 8, Decision::Theft);
}

#[test]
fn a_lost_answer() {
    for rotated_s in [30, MINUTE_S, HOUR_S, DAY_S] {
        both(&state(rotated_s), 9, Decision::Tolerate);
    }
    both(&state(DAY_S + 1), 9, Decision::Theft);
    both(&SessionState { current_used: true, ..state(HOUR_S) }, 9, Decision::Theft);
    for (other, expected) in [
        (client(PHONE, "203.0.113.99"), Decision::Tolerate),
        (client("Dart/3.5 (dart:io)", "203.0.113.7"), Decision::Tolerate),
        (client(PHONE, "203.0.114.7"), Decision::Theft),
        (client(PHONE, "2001:db8::1"), Decision::Theft),
        (client("node", "203.0.113.7"), Decision::Theft),
        (ClientFacts::of(PHONE, None), Decision::Theft),
    ] {
        check(&state(HOUR_S), 9, &other, expected, expected);
    }
}

#[test]
fn theft() {
    for presented in [0, 1, 8] {
        for rotated_s in [30, HOUR_S, 13 * DAY_S] {
            both(&state(rotated_s), presented, Decision::Theft);
        }
    }
}

#[test]
fn ahead() {
    both(&state(0), 11, Decision::Ahead);
    both(&state(HOUR_S), u64::MAX, Decision::Ahead);
}

#[test]
fn limits() {
    both(&state(14 * DAY_S + 1), 10, Decision::Expired(Expiry::Idle));
    both(&state(14 * DAY_S + 1), 9, Decision::Expired(Expiry::Idle));
    let old = |age_s: i64| SessionState { created_at_s: NOW_S - age_s, ..state(MINUTE_S) };
    both(&old(30 * DAY_S), 10, Decision::Rotate);
    both(&old(30 * DAY_S + 1), 10, Decision::Expired(Expiry::Absolute));
    both(&old(i64::MAX), 10, Decision::Expired(Expiry::Absolute));
}

#[test]
fn nothing_of_before_a_step_up_comes_after_it() {
    let before = state(HOUR_S);
    let after = before.stepped_up(NOW_S, home());
    assert_eq!((after.counter, after.barrier), (12, 12));
    for presented in [0, 9, 10, 11] {
        both(&after, presented, Decision::Superseded);
        both(&SessionState { rotated_at_s: NOW_S - 30, ..after.clone() }, presented, Decision::Theft);
    }
    both(&after, 12, Decision::Rotate);
    // Tokens of after it are as tolerable as ever.
    let next = after.rotated(NOW_S, home());
    both(&next, 12, Decision::SameAgain);
    both(&next, 10, Decision::Superseded);
}

/// Something that happens to a session.
#[derive(Debug, Clone)]
enum Event {
    /// One of the clients presents the token that many places before the newest that was handed out.
    Present { back: u64, client: usize },
    /// The user steps up.
    StepUp,
    /// Time goes by, or the clock goes back a little.
    Wait(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0_u64..5, 0_usize..3).prop_map(|(back, client)| Event::Present { back, client }),
        1 => Just(Event::StepUp),
        3 => prop_oneof![0_i64..40, 40..2 * DAY_S, -5_i64..0].prop_map(Event::Wait),
    ];
    prop::collection::vec(event, 0..60)
}

proptest! {
    /// Whatever happens: one live token, no answer with a token of more proof than the presented one had, and an old token
    /// that comes after the next one was used ends the session once the window for tabs is over.
    #[test]
    fn invariants(events in events(), is_strict in any::<bool>()) {
        let (windows, profile) = (Windows::default(), if is_strict { Profile::Strict } else { Profile::Compat });
        let clients = [home(), client("node", "203.0.113.7"), client(PHONE, "198.51.100.1")];
        let mut now_s = NOW_S;
        let mut state = SessionState { counter: 0, created_at_s: now_s, rotated_at_s: now_s, ..state(0) };
        for event in events {
            match event {
                Event::Wait(seconds) => now_s += seconds,
                Event::StepUp => state = state.stepped_up(now_s, home()),
                Event::Present { back, client } => {
                    let (presented, client) = (state.counter.saturating_sub(back), &clients[client]);
                    // One live token: of all counters, only the stored one rotates.
                    let rotating: Vec<u64> = (0..=state.counter + 3)
                        .filter(|counter| decide(&state, *counter, now_s, client, (windows, profile)) == Decision::Rotate)
                        .collect();
                    prop_assert!(rotating.is_empty() || rotating == [state.counter]);
                    let decision = decide(&state, presented, now_s, client, (windows, profile));
                    let rotated_s = (now_s - state.rotated_at_s).max(0);
                    match decision {
                        Decision::Expired(_) => break,
                        Decision::Rotate => {
                            prop_assert_eq!(presented, state.counter);
                            state = state.rotated(now_s, client.clone());
                        }
                        Decision::SameAgain => {
                            prop_assert!(rotated_s < windows.reuse_s && presented >= state.barrier);
                            prop_assert!(profile == Profile::Compat || state.counter - presented <= 2);
                        }
                        Decision::Tolerate => {
                            prop_assert!(presented + 1 == state.counter && presented >= state.barrier);
                            prop_assert_eq!(client, &state.client);
                        }
                        Decision::Superseded => prop_assert!(presented < state.barrier && rotated_s < windows.reuse_s),
                        Decision::Theft => {
                            prop_assert!(presented < state.counter);
                            break;
                        }
                        Decision::Ahead => prop_assert!(presented > state.counter),
                    }
                    // Two or more behind: the next token was used, since only its use moves the counter on.
                    if decision != Decision::Theft && presented + 2 <= state.counter && decision != Decision::Rotate {
                        prop_assert!(rotated_s < windows.reuse_s, "{decision:?} for {presented} of {state:?}");
                    }
                }
            }
        }
    }

    /// A client that loses any of its answers, and asks again within the day, is never logged out.
    #[test]
    fn lost_answers_log_nobody_out(steps in prop::collection::vec((any::<bool>(), 0_i64..DAY_S / 4), 1..80)) {
        let profile = (Windows::default(), Profile::Strict);
        let mut now_s = NOW_S;
        let mut state = SessionState { counter: 0, created_at_s: now_s, rotated_at_s: now_s, ..state(0) };
        let mut held = 0;
        for (is_lost, wait_s) in steps {
            now_s += wait_s;
            if now_s - state.created_at_s > Windows::default().absolute_s || now_s - state.rotated_at_s > DAY_S {
                break;
            }
            match decide(&state, held, now_s, &home(), profile) {
                Decision::Rotate => state = state.rotated(now_s, home()),
                Decision::SameAgain | Decision::Tolerate => {}
                refused @ (Decision::Superseded | Decision::Theft | Decision::Ahead | Decision::Expired(_)) => {
                    prop_assert!(false, "{refused:?}");
                }
            }
            if !is_lost {
                held = state.counter;
            }
        }
    }
}
