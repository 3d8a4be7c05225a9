//! Checks of how clients reach the server: address, HTTPS, what is open to everybody. From the settings alone, but for Redis.

use super::{Finding, Patient};
use crate::config::Config;
use std::net::{IpAddr, SocketAddr};

/// The settings hold only addresses of mail services that can be read, or none.
pub(super) fn mail(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    // The address may hold a password: only its beginning is shown.
    let scheme = config.mail.url.as_ref().and_then(|url| url.reveal().split(':').next());
    vec![match scheme {
        Some(scheme) => Finding::ok(format!("mail leaves by {scheme}; nothing was sent")),
        None if is_exposed(config) => Finding::warning(
            "mail.url is not set: codes and links are written into files that nobody gets",
            "set mail.url, such as smtp://user:password@mail.example.org:587",
        ),
        None => Finding::ok("mail.url is not set: mails are written into the folder mail of the data folder"),
    }]
}

/// Whether other machines can reach the listening address.
fn is_exposed(config: &Config) -> bool {
    match config.listen.parse::<SocketAddr>().map(|address| address.ip()) {
        Ok(IpAddr::V4(ip)) => !ip.is_loopback(),
        Ok(IpAddr::V6(ip)) => !ip.is_loopback(),
        Err(_) => !config.listen.starts_with("localhost:"),
    }
}

pub(super) fn https(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    let url = config.external_url.as_deref();
    let secure = url.is_some_and(|url| url.starts_with("https://"));
    let (told, own) = (config.server.keeps_to_https(), config.server.tls.cert.is_some());
    vec![match (url, secure) {
        (None, _) if own => Finding::ok("HTTPS by the certificate in server.tls"),
        (_, false) if told && !own => Finding::problem(
            "server.hsts tells browsers to use HTTPS only, and external_url is not https://",
            "set external_url to the https:// address, or server.hsts to false",
        ),
        (Some(url), true) if told => Finding::ok(format!("{url}, and browsers are told to keep to it")),
        (Some(url), true) => Finding::warning(
            format!("{url} is reached by HTTPS, and browsers are not told to keep to it"),
            "set server.hsts to true once every client uses HTTPS",
        ),
        (Some(url), false) if is_exposed(config) => {
            Finding::warning(format!("{url} is not HTTPS: tokens travel in clear"), "put a proxy with HTTPS in front")
        }
        (Some(url), false) => Finding::ok(format!("{url}, on this machine alone")),
        (None, _) if is_exposed(config) => Finding::warning(
            format!("{} is open to other machines, and external_url is unset", config.listen),
            "put a proxy with HTTPS in front, and set external_url to its https:// address",
        ),
        (None, _) => Finding::ok(format!("{} is reached from this machine alone", config.listen)),
    }]
}

pub(super) fn exposure(patient: &Patient) -> Vec<Finding> {
    let config = &patient.config;
    if !is_exposed(config) {
        return vec![Finding::ok(format!("{} listens for this machine alone", config.listen))];
    }
    let open = [
        (
            config.cors.origins.iter().any(|origin| origin == "*"),
            "cors.origins is `*`: every web page may call the API with a key that it knows",
            "list the origins of your own pages in cors.origins",
        ),
        (
            config.rest.tx_override,
            "rest.tx_override lets every client have its writes rolled back",
            "set rest.tx_override to false; it is for tests",
        ),
        (config.server.timing, "server.timing tells clients how long each stage took", "set server.timing to false"),
    ];
    let found: Vec<_> =
        open.into_iter().filter(|(is, ..)| *is).map(|(_, says, next)| Finding::warning(says, next)).collect();
    if found.is_empty() { vec![Finding::ok(format!("{} is open to other machines", config.listen))] } else { found }
}

/// What counts requests of all nodes together answers.
pub(super) fn redis(patient: &Patient) -> Vec<Finding> {
    vec![match &patient.redis {
        None => Finding::ok("redis_url is not set"),
        Some(Ok(())) => Finding::ok("Redis answers, and counts @rateLimit for all nodes"),
        Some(Err(problem)) => Finding::of(problem),
    }]
}

pub(super) fn metrics(patient: &Patient) -> Vec<Finding> {
    vec![if patient.config.server.metrics_public && is_exposed(&patient.config) {
        Finding::warning(
            "server.metrics_public opens /metrics to everybody",
            "set it to false; the machine itself and the service key can read it then",
        )
    } else {
        Finding::ok("/metrics answers the machine itself and the service key")
    }]
}
