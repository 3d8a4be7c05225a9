//! Compresses answers for clients that ask for it. In: an answer and `Accept-Encoding`. Out: the answer, perhaps smaller.
//! Small answers are left alone: the time costs more than the bytes.

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

/// Smallest body that is compressed, bytes.
pub(crate) const BYTES_MIN: usize = 1024;

/// From this size on, compression runs beside the request tasks, so that it does not hold up others.
const BLOCKING_BYTES_MIN: usize = 128 * 1024;

/// Brotli's quality, 0 to 11: about gzip's time for a somewhat smaller result.
const BROTLI_QUALITY: i32 = 3;

/// Encodings an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Brotli,
}

/// What an answer that is kept came to in each encoding. Put beside the answer as an extension, it is compressed once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compressed(Arc<[OnceLock<Bytes>; 2]>);

impl Compressed {
    fn place(&self, encoding: Encoding) -> Option<&OnceLock<Bytes>> {
        match encoding {
            Encoding::Identity => None,
            Encoding::Gzip => self.0.first(),
            Encoding::Brotli => self.0.last(),
        }
    }
}

/// Compresses an answer when the client asks for it and it is worth it.
pub(crate) async fn compress(accepted: Encoding, response: Response<Bytes>) -> Response<Bytes> {
    if response.body().len() < BYTES_MIN || !is_compressible(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    let kept = parts.extensions.remove::<Compressed>();
    let place = kept.as_ref().and_then(|kept| kept.place(accepted));
    let compressed = match accepted {
        Encoding::Identity => None,
        Encoding::Gzip | Encoding::Brotli if place.is_some_and(|place| place.get().is_some()) => {
            place.and_then(OnceLock::get).cloned()
        }
        Encoding::Gzip | Encoding::Brotli if body.len() >= BLOCKING_BYTES_MIN => {
            let body = body.clone();
            let encoded = tokio::task::spawn_blocking(move || encode(accepted, &body)).await;
            encoded.ok().flatten().map(Bytes::from)
        }
        Encoding::Gzip | Encoding::Brotli => encode(accepted, &body).map(Bytes::from),
    };
    if let (Some(place), Some(compressed)) = (place, &compressed) {
        // Whoever was quicker has kept the same.
        let _ = place.set(compressed.clone());
    }
    let Some(compressed) = compressed.filter(|compressed| compressed.len() < body.len()) else {
        return Response::from_parts(parts, body);
    };
    let name = if accepted == Encoding::Gzip { "gzip" } else { "br" };
    if let Some(tag) = parts.headers.get(ETAG).and_then(|tag| tag.to_str().ok())
        && let Ok(tag) = HeaderValue::try_from(self::tag(tag, accepted))
    {
        parts.headers.insert(ETAG, tag);
    }
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, compressed)
}

/// The strong tag of a representation in an encoding: its bytes differ from the plain one's.
pub(crate) fn tag(plain: &str, encoding: Encoding) -> String {
    let suffix = match encoding {
        Encoding::Identity => return plain.to_owned(),
        Encoding::Gzip => "gzip",
        Encoding::Brotli => "br",
    };
    format!("{}-{suffix}\"", plain.strip_suffix('"').unwrap_or(plain))
}

fn encode(encoding: Encoding, body: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Identity => None,
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::fast());
            encoder.write_all(body).ok()?;
            encoder.finish().ok()
        }
        Encoding::Brotli => {
            let parameters =
                BrotliEncoderParams { quality: BROTLI_QUALITY, lgwin: 18, ..BrotliEncoderParams::default() };
            let mut out = Vec::with_capacity(body.len() / 3);
            brotli::BrotliCompress(&mut &*body, &mut out, &parameters).ok()?;
            Some(out)
        }
    }
}

fn is_compressible(response: &Response<Bytes>) -> bool {
    if response.status() == StatusCode::NO_CONTENT || response.headers().contains_key(CONTENT_ENCODING) {
        return false;
    }
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.starts_with("text/")
        || ["json", "javascript", "xml"]
            .iter()
            .any(|kind| media_type.split(';').next().unwrap_or_default().ends_with(kind))
}

/// What the client would like best of what there is; gzip of equals, since it costs least.
pub(crate) fn accepted(headers: &HeaderMap) -> Encoding {
    let mut best = (0_u16, Encoding::Identity);
    for value in headers.get_all(ACCEPT_ENCODING) {
        for item in value.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let encoding = match name.trim_ascii() {
                name if name.eq_ignore_ascii_case("gzip") || name == "*" => Encoding::Gzip,
                name if name.eq_ignore_ascii_case("br") => Encoding::Brotli,
                _ => continue,
            };
            let quality = quality(parameters);
            if quality > best.0 || (quality == best.0 && quality > 0 && encoding == Encoding::Gzip) {
                best = (quality, encoding);
            }
        }
    }
    best.1
}

/// `q` in thousandths; 1000 when it is not given, 0 when it is not a number.
fn quality(parameters: &str) -> u16 {
    let Some(text) = parameters.trim_ascii().strip_prefix("q=").or_else(|| parameters.trim_ascii().strip_prefix("Q="))
    else {
        return 1000;
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    match whole {
        "1" => 1000,
        "0" if fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{fraction:0<3}").parse().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Encoding) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(header).unwrap());
        assert_eq!(accepted(&headers), expected);
    }

    #[test]
    fn accept_encoding() {
        check("", Encoding::Identity);
        check("identity", Encoding::Identity);
        check("gzip", Encoding::Gzip);
        check("GZIP", Encoding::Gzip);
        check("gzip, deflate, br", Encoding::Gzip);
        check("br, gzip", Encoding::Gzip);
        check("br;q=1.0, gzip;q=0.8", Encoding::Brotli);
        check("br", Encoding::Brotli);
        check("*", Encoding::Gzip);
        check("gzip;q=0", Encoding::Identity);
        check("gzip;q=0, br;q=0.001", Encoding::Brotli);
        check("gzip;q=nan", Encoding::Identity);
        check("deflate, zstd", Encoding::Identity);
        check("gzip;q=0.99999999", Encoding::Identity);
    }

    #[tokio::test]
    async fn what_is_kept_is_compressed_once() {
        let kept = Compressed::default();
        let answer = |body: String| {
            let mut response = Response::new(Bytes::from(body));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response.extensions_mut().insert(kept.clone());
            response
        };
        for encoding in [Encoding::Gzip, Encoding::Brotli] {
            let first = compress(encoding, answer("Backstay ".repeat(400))).await;
            // The second answer would be another one: what is told shows that it was not looked at.
            let second = compress(encoding, answer("Other ".repeat(400))).await;
            assert!(first.body() == second.body() && first.body().len() < BYTES_MIN);
            assert_eq!(first.headers().get(CONTENT_ENCODING), second.headers().get(CONTENT_ENCODING));
        }
        let plain = compress(Encoding::Identity, answer("Other ".repeat(400))).await;
        assert_eq!(plain.body().len(), 2_400);
    }

    #[test]
    fn round_trip() {
        let body = "Backstay ".repeat(400);
        let zipped = encode(Encoding::Gzip, body.as_bytes()).unwrap();
        let mut plain = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*zipped), &mut plain).unwrap();
        assert_eq!(plain, body);
        let squeezed = encode(Encoding::Brotli, body.as_bytes()).unwrap();
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &*squeezed, &mut plain).unwrap();
        assert_eq!(plain, body.as_bytes());
    }
}
