//! A mail as it travels: headers and MIME parts. In: a [`Message`]. Out: the mail of `lettre`, or its bytes.

use super::message::{EmailAddress, InvalidPart, Mailbox, Message};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox as WireMailbox, MultiPart};

/// The mail with the headers that every one of ours has.
///
/// # Errors
/// [`InvalidPart`] when the library refuses an address that the checks here let pass.
pub(super) fn render(message: &Message) -> Result<lettre::Message, InvalidPart> {
    let mut builder = lettre::Message::builder()
        .message_id(Some(message_id(message)))
        .date(message.written_at)
        .from(mailbox(&message.from)?)
        .to(mailbox(&message.to)?)
        .subject(message.subject.as_str());
    for (name, value) in headers(message) {
        let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| InvalidPart::HeaderName)?;
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let parts = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
    builder.multipart(parts).map_err(|_| InvalidPart::Mailbox)
}

/// The mail in bytes, lines ended by CR LF.
///
/// # Errors
/// As [`render`].
pub fn bytes(message: &Message) -> Result<Vec<u8>, InvalidPart> {
    Ok(render(message)?.formatted())
}

/// `Message-ID`: the mail's own id at the sender's domain.
#[must_use]
pub fn message_id(message: &Message) -> String {
    format!("<{}@{}>", message.id.as_str(), message.from.address.domain())
}

/// Headers beside sender, recipient, subject, date and id. `Auto-Submitted` keeps holiday answers away; `X-Entity-Ref-ID` keeps mail
/// programs from folding two codes into one conversation.
pub(super) fn headers(message: &Message) -> impl Iterator<Item = (&str, &str)> {
    let fixed = [("Auto-Submitted", "auto-generated"), ("X-Entity-Ref-ID", message.id.as_str())];
    fixed.into_iter().chain(message.headers.iter().map(|header| (header.name(), header.value())))
}

fn mailbox(mailbox: &Mailbox) -> Result<WireMailbox, InvalidPart> {
    let name = mailbox.name.as_ref().map(|name| name.as_str().to_owned());
    Ok(WireMailbox::new(name, address(&mailbox.address)?))
}

fn address(address: &EmailAddress) -> Result<lettre::Address, InvalidPart> {
    lettre::Address::new(address.local(), address.domain())
        .map_err(|_| InvalidPart::Address("the mail library refuses it"))
}
