//! The signature of a webhook: who does not know the secret cannot make one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha512;

/// The bytes of an HMAC-SHA512.
const BYTES: usize = 64;

/// What the header `Bob-Signature` holds. Bob API: the base64 of the HMAC-SHA512 of the body as it was sent,
/// its key being the bytes of the secret.
pub struct Signature([u8; BYTES]);

impl Signature {
    /// Reads the header's value; nothing if it is no signature of anything.
    #[must_use]
    pub fn parse(header: &[u8]) -> Option<Self> {
        // Before it is decoded: a longer one would be, whatever its length.
        let fits = header.len() == BYTES.div_ceil(3) * 4;
        let bytes = fits.then(|| BASE64_STANDARD.decode(header).ok()).flatten()?;
        bytes.try_into().ok().map(Self)
    }

    /// Whether it was made of this body with one of the secrets. Neither the time that this takes nor the
    /// answer tells which one, or how much of a wrong signature was right.
    #[must_use]
    pub fn holds(&self, secrets: &[SecretString], body: &[u8]) -> bool {
        secrets.iter().fold(false, |held, secret| {
            let key = secret.expose_secret().as_bytes();
            let mac = Hmac::<Sha512>::new_from_slice(key);
            held | mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&self.0).is_ok())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: &str =
        "eDct8FSJDg1POGEfcRZD6uLCbmHvWtRwawOvBRDe5wc6UyQkpVfQC1tYsUzKOjET/BM0uXABNaUu6BvKQ5/mEw==";
    const EVENT: &str =
        "6RuTrU4C8AllqQ+ul0rHhNT6J0YQZJvgAXu7FtWSJpxRDYrh2pOAl3uM5kJOlcIguFcHZQDeolcrX4rKpNsWsg==";
    /// Bob API: the example of an entry in a table.
    const BODY: &str = concat!(
        r#"{"companyId":636192,"type":"table.entry.created","triggeredBy":"3332883804594373380","#,
        r#""triggeredAt":"2025-01-08T13:06:26.915906","version":"v2","#,
        r#""data":{"employeeId":"3332883854254932743","tableId":"lifecycle","effectiveDate":"2025-01-08"}}"#,
    );

    fn holds(secrets: &[&str], body: &[u8], header: &str) -> bool {
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| (*secret).into()).collect();
        Signature::parse(header.as_bytes()).is_some_and(|signature| signature.holds(&secrets, body))
    }

    #[test]
    fn a_signature_holds_for_its_body_under_its_secret() {
        for (body, header) in [("Ping test", PING), (BODY, EVENT)] {
            assert!(holds(&["test-secret"], body.as_bytes(), header), "{body}");
        }
        assert!(!holds(&["test-secret"], BODY.as_bytes(), PING));
        assert!(!holds(&["another"], BODY.as_bytes(), EVENT));
        assert!(!holds(&[], BODY.as_bytes(), EVENT));
        assert!(!holds(&["", "test-secre", "test-secret "], BODY.as_bytes(), EVENT));
    }

    #[test]
    fn while_the_secret_changes_each_of_them_holds() {
        for secrets in [["test-secret", "new"], ["old", "test-secret"]] {
            assert!(holds(&secrets, BODY.as_bytes(), EVENT), "{secrets:?}");
        }
        assert!(!holds(&["old", "new"], BODY.as_bytes(), EVENT));
    }

    #[test]
    fn no_flipped_bit_goes_unseen() {
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.as_bytes().to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            assert!(!holds(&["test-secret"], &body, EVENT), "bit {bit} of the body");
        }
        let signature = BASE64_STANDARD.decode(EVENT).expect("base64");
        for bit in 0..BYTES * 8 {
            let mut flipped = signature.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let header = BASE64_STANDARD.encode(flipped);
            assert!(!holds(&["test-secret"], BODY.as_bytes(), &header), "bit {bit} of the signature");
        }
    }

    #[test]
    fn what_is_no_signature_is_seen_before_the_body() {
        let longer = format!("{EVENT}AAAA");
        let (shorter, padded) = (&EVENT[..84], EVENT.replace("==", "A="));
        for header in
            ["", "sha512=", &longer, shorter, &padded, &EVENT.replace('6', "-"), &EVENT.replace('=', " ")]
        {
            assert!(Signature::parse(header.as_bytes()).is_none(), "{header}");
        }
        assert!(Signature::parse(EVENT.as_bytes()).is_some());
    }
}
