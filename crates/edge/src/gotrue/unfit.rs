//! What the application's model says about values that sign-in was given, in words for the person who wrote them.
//! In: a failure of the caller's. Out: a sentence without words of the database.

use backstay_engine::Failure;
use backstay_plan::Refusal;

const UNFIT: &str = "The profile cannot hold these values";

/// The sentence for a write of an account or its profile that was refused.
pub(super) fn message(failure: &Failure) -> String {
    if let Failure::InTransaction { failure, .. } = failure {
        return message(failure);
    }
    if let Some(refusal) = failure.refusal() {
        return refused(refusal);
    }
    if failure.collision().is_some() {
        return "A value that must be unique is another profile's already".to_owned();
    }
    if matches!(failure, Failure::ForeignKeyReferenced { .. }) {
        return "Rows of the application still refer to this account".to_owned();
    }
    if matches!(failure, Failure::ForeignKeyMissing { .. }) {
        return "A value of the profile names a row that is not there".to_owned();
    }
    UNFIT.to_owned()
}

fn refused(refusal: &Refusal) -> String {
    if let Refusal::NullValue { column, .. } = refusal {
        return format!("The profile needs a value for `{column}`: send it in `data`");
    }
    if let Refusal::CheckFailed { details, .. } = refusal {
        return format!("A value is not allowed in the profile. {details}");
    }
    if let Refusal::BadValue { value, .. } = refusal {
        return format!("A value is not of its field's type in the profile: {}", shown(value));
    }
    UNFIT.to_owned()
}

/// The beginning of what somebody wrote.
fn shown(value: &str) -> String {
    const CHARS_MAX: usize = 100;
    let mut shown: String = value.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect();
    if value.chars().nth(CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failure: Failure, said: &str) {
        assert_eq!(message(&failure), said);
        assert_eq!(message(&Failure::InTransaction { index: 2, failure: Box::new(failure) }), said);
    }

    #[test]
    fn no_word_of_the_database_is_told() {
        let (relation, column, constraint) = ("learners", "name", "learners_name_check");
        let named = |text: &str| text.to_owned();
        check(
            Failure::Refused(Refusal::NullValue { relation: named(relation), column: named(column), row: None }),
            "The profile needs a value for `name`: send it in `data`",
        );
        let details = named("Field 'name' is too long.");
        check(
            Failure::Refused(Refusal::CheckFailed {
                relation: named(relation),
                constraint: named(constraint),
                details,
            }),
            "A value is not allowed in the profile. Field 'name' is too long.",
        );
        check(
            Failure::Unique { constraint: named("learners_email_key"), key: None },
            "A value that must be unique is another profile's already",
        );
        check(Failure::Refused(Refusal::AggregatesOff), "The profile cannot hold these values");
        assert_eq!(shown(&"x\n".repeat(101)), format!("{}…", "x".repeat(100)));
    }
}
