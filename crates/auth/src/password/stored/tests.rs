//! Hashes that other libraries made (argon2-cffi, bcrypt, passlib, hashlib, Firebase's own sample), and broken ones.

use super::*;

const UMLAUT: &str = "Tr0ub4dor&3 ü";

const TEST_SETTINGS: (u32, u32) = (1024, 2);

fn settings() -> HashSettings {
    HashSettings::lowered(TEST_SETTINGS.0, TEST_SETTINGS.1).unwrap()
}

#[track_caller]
fn fits(hash: &str, password: &str, expected: Verdict) {
    let stored = StoredHash::parse(hash).unwrap();
    assert_eq!(stored.verify(&Password::new(password), settings()), expected);
    let shorter: String = password.chars().skip(1).collect();
    for other in [format!("{password} "), shorter, String::new()] {
        if password.len() != 72 || other.len() < 72 {
            assert_eq!(stored.verify(&Password::new(&other), settings()), Verdict::Wrong, "{other:?}");
        }
    }
}

#[track_caller]
fn refused(hash: &str, expected: UnusableHash) {
    assert_eq!(StoredHash::parse(hash).map(drop), Err(expected), "{hash}");
}

#[test]
fn hashes_of_other_libraries() {
    use Verdict::{Right, RightButOutdated};
    let newest = "$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$zTBpyHFG6Zi4QBFEs3+CD5ZFmh+VoNt5pv6oPTyNbJU";
    fits(newest, UMLAUT, Right);
    fits(&format!("argon2{newest}"), UMLAUT, Right);
    for outdated in [
        "$argon2i$v=19$m=512,t=3,p=4$c29tZXNhbHQxMjM0NTY3OA$uv7iH8SlWvG7mFyOEfCqjeRTyJ9ZbyZwlCHSwN1YAwA",
        "$argon2id$v=16$m=512,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$OoH7Whn+mF7xKcp1NqF/7h6L+OXE6Cug+OFlWydF1bY",
        "$2a$04$KX8xG7Vq/.wemC.dh4uZyeLjPg549wIjAsw0cUhSmqyjxxh8AldKC",
        "$2b$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC",
        "$2y$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC",
        "bcrypt$$2b$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC",
        "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$PEoBEXtaumytgnuSg4dFp9+iaNyfUZ0+pEQah5k1ODk",
        "$pbkdf2-sha1$i=1000,l=32$c2FsdHNhbHQ$0HMNQ/04gaS00R4CviWvxQnWo2LK/UhpuzXQ0EiR4QE",
        "$pbkdf2$i=1000$c2FsdHNhbHQ$0HMNQ/04gaS00R4CviWvxQnWo2LK/UhpuzXQ0EiR4QE",
        "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$5ZjthcZ38mN2QqsZBPKU7bOPLiCA0ilhvmF6nCm7BmI",
        "$pbkdf2-sha512$i=1000,l=32$c2FsdHNhbHQ$E4/akXKr5lOoIPhTIN3tCJnnJQWa19tsOWisEzuT7aQ",
        "pbkdf2_sha256$1000$NaClText$oHQbRefz5uI+s5ZWeybe0hrONM7kVoC4vBuuT59f2sQ=",
        "pbkdf2_sha1$1000$NaClText$c4bBqrG4gTlZJXN8FvAUN5e8G7U=",
        "$pbkdf2-sha256$1000$.//.c2FsdHNhbHQ$iyqGGtjZQ8fBdRqf2dfNu0Mw7iNmdMH3S8tIiEkF0u4",
        "$pbkdf2-sha512$1000$c2FsdHNhbHQ$E4/akXKr5lOoIPhTIN3tCJnnJQWa19tsOWisEzuT7aQWM1DDtJwRtGQgxhRSB0pMXCiEfeKz8zJpOTL2s5ttkw",
    ] {
        fits(outdated, UMLAUT, RightButOutdated);
    }
}

#[test]
fn the_sample_that_firebase_publishes() {
    let hash = concat!(
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,",
        "sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
        "$42xEC+ixf3L2lw==",
        "$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
    );
    let stored = StoredHash::parse(hash).unwrap();
    assert_eq!(stored.memory_kib(), 16 * 1024);
    assert_eq!(stored.verify(&Password::new("user1password"), settings()), Verdict::RightButOutdated);
    assert_eq!(stored.verify(&Password::new("user2password"), settings()), Verdict::Wrong);
    refused(&hash.replace("v=1", "v=2"), UnusableHash::Unsupported);
    refused(&hash.replace("n=14", "n=29"), UnusableHash::TooCostly);
    refused(&hash.replace(",sk=", ",xx="), UnusableHash::Malformed);
    refused(&hash.replace("p=1,", "p=,"), UnusableHash::Malformed);
}

#[test]
fn bcrypt_reads_72_bytes() {
    let hash = "$2b$04$l37kjCj/g5AP0t8RKxMenecnxeVuQBD4xmBUGklZKPvMHZHRPFfY6";
    fits(hash, &"a".repeat(72), Verdict::RightButOutdated);
    // The hash cannot tell what followed, so it is not replaced by one that could.
    assert_eq!(StoredHash::parse(hash).unwrap().verify(&Password::new(&"a".repeat(80)), settings()), Verdict::Right);
    let ascii = "$2b$04$7L2UY3naBzVMGJ6ptocaneXf4nJEG3hbOLrWzIPVqUrr7cuTpAZ7.";
    fits(ascii, "hunter2hunter2", Verdict::RightButOutdated);
    let faulty = ascii.replace("$2b$", "$2x$");
    fits(&faulty, "hunter2hunter2", Verdict::RightButOutdated);
    let umlaut = "$2x$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC";
    let stored = StoredHash::parse(umlaut).unwrap();
    assert_eq!(stored.verify(&Password::new(UMLAUT), settings()), Verdict::Wrong);
    let nul = StoredHash::parse(ascii).unwrap();
    assert_eq!(nul.verify(&Password::new("hunter2hunter2\0x"), settings()), Verdict::Wrong);
}

#[test]
fn hashes_that_are_refused() {
    use UnusableHash::{Malformed, TooCostly, Unsupported};
    const SALT: &str = "c29tZXNhbHQxMjM0NTY3OA";
    const TAG: &str = "zTBpyHFG6Zi4QBFEs3+CD5ZFmh+VoNt5pv6oPTyNbJU";
    for text in ["", "password", "$", "$$", "$argon2d$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aa", "$1$salt$hash", "$6$salt$hash"]
    {
        refused(text, Unsupported);
    }
    for text in
        ["md5$salt$hash", "{SSHA}abcdef", "5f4dcc3b5aa765d61d8327deb882cf99", "$y$j9T$x$y", "bcrypt_sha256$$2b$12$x"]
    {
        refused(text, Unsupported);
    }
    for params in [
        "m=1024,t=2",
        "m=1024,t=2,p=1,x=1",
        "m=1024,t=2,t=2",
        "m=01024,t=2,p=1",
        "m=+1,t=2,p=1",
        "m=,t=2,p=1",
        "t=2",
        "",
        "m=7,t=1,p=1",
        "m=1024,t=0,p=1",
        "m=1024,t=2,p=0",
        "m=1024,t=2,p=1,keyid=aa",
        "m=1e3,t=2,p=1",
        "m=16,t=1,p=4",
    ] {
        refused(&format!("$argon2id$v=19${params}${SALT}${TAG}"), Malformed);
    }
    for params in [
        "m=262145,t=1,p=1",
        "m=4294967295,t=1,p=1",
        "m=99999999999,t=1,p=1",
        "m=65536,t=17,p=1",
        "m=1024,t=4294967295,p=1",
        "m=1024,t=1,p=17",
    ] {
        refused(&format!("$argon2id$v=19${params}${SALT}${TAG}"), TooCostly);
    }
    refused(&format!("$argon2id$v=18$m=1024,t=2,p=1${SALT}${TAG}"), Unsupported);
    refused(&format!("$argon2id$19$m=1024,t=2,p=1${SALT}${TAG}"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1${SALT}"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1${SALT}${TAG}$x"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1${SALT}$aGFzaA"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1$c2FsdA${TAG}"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1${SALT}$*{TAG}"), Malformed);
    refused(&format!("$argon2id$v=19$m=1024,t=2,p=1${SALT}${}", "A".repeat(300)), Malformed);
    refused(&"$argon2id$".repeat(200), Malformed);
    for text in [
        "$2b$",
        "$2b$04$short",
        "$2b$xx$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC",
        "$2b$03$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC",
        "$2b$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5Fra!C",
        "$2b$04$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5Fraé",
    ] {
        refused(text, Malformed);
    }
    refused("$2b$16$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC", TooCostly);
    refused("$2b$31$2dwyQuYAaW0sD00tXDW2N.s2m8doKOhHEdHhNefsjva38gQ5FraDC", TooCostly);
    for (params, expected) in [
        ("ln=19,r=8,p=1", TooCostly),
        ("ln=63,r=8,p=1", TooCostly),
        ("ln=64,r=1,p=1", TooCostly),
        ("ln=10,r=8,p=17", TooCostly),
        ("ln=10,r=4294967295,p=1", TooCostly),
        ("ln=10,r=0,p=1", Malformed),
        ("ln=10,r=8,p=0", Malformed),
        ("n=10,r=8,p=1", Malformed),
    ] {
        refused(&format!("$scrypt${params}${SALT}${TAG}"), expected);
    }
    refused(&format!("$pbkdf2-sha256$i=2000001${SALT}${TAG}"), TooCostly);
    refused(&format!("$pbkdf2-sha256$i=0${SALT}${TAG}"), Malformed);
    refused(&format!("$pbkdf2-sha256$i=1000,l=31${SALT}${TAG}"), Malformed);
    refused(&format!("$pbkdf2-md5$i=1000${SALT}${TAG}"), Unsupported);
    refused("pbkdf2_sha256$1000$$oHQbRefz5uI+s5ZWeybe0hrONM7kVoC4vBuuT59f2sQ=", Malformed);
    refused("pbkdf2_sha256$99999999999$salt$oHQbRefz5uI+s5ZWeybe0hrONM7kVoC4vBuuT59f2sQ=", TooCostly);
    refused("pbkdf2_sha256$1000$salt$", Malformed);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(\\$(argon2id|2b|scrypt|fbscrypt|pbkdf2-sha256)\\$)?[$=,a-zA-Z0-9+/.]{0,80}") {
        if let Ok(hash) = StoredHash::parse(&text) {
            proptest::prop_assert!(u64::from(hash.memory_kib()) <= MEMORY_KIB_MAX);
        }
    }
}
