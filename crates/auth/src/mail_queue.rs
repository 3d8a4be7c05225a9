//! Makes the mails that were asked for, and sends what is in the queue. In: rows, a mailer, a signal to stop. Out: mails, each at least
//! once and almost always once. A row is claimed for a time; a sender that dies lets go of it. A body is wiped when its mail has left, since it may hold a code.

use crate::instant;
use crate::refusal::AuthError;
use crate::service::Auth;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::mail::message::{Mailbox, Message, MessageId, Subject};
use backstay_infra::mail::{Mailer, Retry, SendError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Mails claimed at once.
const BATCH: u32 = 10;
/// How long a sender has a mail to itself.
const LEASE: Duration = Duration::from_secs(120);
/// How often the queue is looked at when nobody says that there is something.
const POLL: Duration = Duration::from_secs(5);
/// Tries after which a mail is given up.
const TRIES_MAX: u32 = 12;
/// Pause after the first failure; it doubles with each.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

#[derive(Debug, Deserialize)]
struct Row {
    id: Uuid,
    template: String,
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
    attempts: u32,
    created_at: String,
}

/// What became of one mail.
enum Sent {
    Accepted,
    Later(Duration, String),
    Never(String),
}

impl Auth {
    /// Sends mails until told to stop.
    pub async fn send_mails(&self, mailer: &dyn Mailer, from: &Mailbox, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.work_off(mailer, from).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(error = %error, "the mail queue cannot be read"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.mail_queued.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Makes the mails that were asked for and sends what is due now. Out: how many there were of both.
    async fn work_off(&self, mailer: &dyn Mailer, from: &Mailbox) -> Result<usize, AuthError> {
        let asked = self.answer_mail_requests().await;
        // Mails leave although no new ones can be made.
        let sent = self.send_due(mailer, from).await?;
        Ok(asked? + sent)
    }

    /// Sends what is due now. Out: how many were tried.
    async fn send_due(&self, mailer: &dyn Mailer, from: &Mailbox) -> Result<usize, AuthError> {
        let columns = &["id", "template", "to", "subject", "text", "html", "attempts", "created_at"];
        let due = ask::read("mail_messages")
            .columns(columns)
            .eq("status", "queued")
            .when(ask::any([ask::lt("next_attempt_at", ask::now()), ask::eq("next_attempt_at", ask::now())]))
            .when(ask::any([ask::is_null("locked_until"), ask::lt("locked_until", ask::now())]))
            .ascending("next_attempt_at")
            .limit(BATCH);
        let rows: Vec<Row> = self.rows(due).await?;
        let count = rows.len();
        for row in rows {
            if self.claim(&row).await? {
                let sent = send(mailer, from, &row).await;
                self.settle(&row, sent).await?;
            }
        }
        Ok(count)
    }

    /// Takes a mail for this sender alone; `false` when another was first.
    async fn claim(&self, row: &Row) -> Result<bool, AuthError> {
        let claim = ask::update("mail_messages")
            .set("locked_until", ask::after(LEASE))
            .add("attempts", 1)
            .eq("id", json!(row.id))
            .eq("status", "queued")
            .eq("attempts", row.attempts);
        match self.commit(vec![Step::system(claim).exactly_one()]).await {
            Ok(()) => Ok(true),
            Err(failure) if failure.unmet().is_some() => Ok(false),
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    async fn settle(&self, row: &Row, sent: Sent) -> Result<(), AuthError> {
        let update = ask::update("mail_messages").eq("id", json!(row.id)).set("locked_until", Value::Null);
        let update = match sent {
            Sent::Accepted => update.set("status", "sent").set("sent_at", ask::now()).set("text", "").set("html", ""),
            Sent::Later(pause, reason) if row.attempts + 1 < TRIES_MAX => {
                tracing::warn!(mail.id = %row.id, mail.template = row.template, reason, "a mail was not taken; it is tried again");
                update.set("next_attempt_at", ask::after(pause)).set("last_error", reason)
            }
            Sent::Later(_, reason) | Sent::Never(reason) => {
                tracing::error!(mail.id = %row.id, mail.template = row.template, reason, "a mail is given up");
                update.set("status", "failed").set("last_error", reason).set("text", "").set("html", "")
            }
        };
        self.commit(vec![Step::system(update)]).await.map_err(AuthError::store)
    }
}

async fn send(mailer: &dyn Mailer, from: &Mailbox, row: &Row) -> Sent {
    let message = match message(from, row) {
        Ok(message) => message,
        Err(reason) => return Sent::Never(reason),
    };
    match mailer.send(&message).await {
        Ok(_) => Sent::Accepted,
        Err(error) => match error.retry() {
            Retry::After(wanted) => Sent::Later(pause(row.attempts).max(wanted), reason(&error)),
            Retry::Never => Sent::Never(reason(&error)),
        },
    }
}

fn message(from: &Mailbox, row: &Row) -> Result<Message, String> {
    let written = instant::micros(&row.created_at).and_then(|micros| u64::try_from(micros).ok()).unwrap_or_default();
    Ok(Message {
        id: MessageId::parse(&row.id.to_string()).map_err(|error| error.to_string())?,
        written_at: SystemTime::UNIX_EPOCH + Duration::from_micros(written),
        from: from.clone(),
        to: Mailbox::parse(&row.to).map_err(|error| error.to_string())?,
        subject: Subject::from_text(&row.subject),
        text: row.text.clone(),
        html: row.html.clone().unwrap_or_default(),
        headers: Vec::new(),
    })
}

/// Pause after so many failures.
fn pause(failures: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX)).min(PAUSE_MAX)
}

fn reason(error: &SendError) -> String {
    error.to_string().chars().take(500).collect()
}
