//! Every code of Okta's catalogue through the client: what each kind of call makes of it.

use okta_provisioner::okta::Client;
use serde_json::json;

use super::calls::{CALLS, forgetful, letter, make};
use super::now;
use crate::support::server::{Says, Server};

/// What the calls make of it, in the order of `CALLS`; a status; codes.
type Row = (&'static str, u16, &'static [u32]);

const HALT: &str = "HHHHHHHHHHHH";
const BLOCK: &str = "BBBBBBBBBBBB";
const STATE: &str = "RRRRRRRBBBBB";
/// Get takes it for an answer.
const MISSING: &str = "BRRRRRRNBBBB";
const ABSENT: &str = "BRRRRRRBBBBB";
const VALIDATION: &str = "BBRRRRRBBBBB";
const UNSURE: &str = "RRRRRRRLLLLL";
const MINUTE: &str = "MMMMMMMMMMMM";
const WINDOW: &str = "WWWWWWWWWWWW";

/// Codes that a call of ours can get, by the status that Okta's catalogue gives them.
const CODES: &[Row] = &[
    (HALT, 401, &[4, 11]),
    (HALT, 403, &[5, 260]),
    (MISSING, 404, &[7]),
    (MISSING, 410, &[156]),
    (STATE, 403, &[16, 38, 107]),
    (STATE, 409, &[145]),
    (STATE, 414, &[256]),
    (STATE, 423, &[155]),
    (WINDOW, 429, &[47]),
    (MINUTE, 409, &[112]),
    (UNSURE, 409, &[195, 249, 253, 268]),
    (UNSURE, 412, &[231]),
    (UNSURE, 423, &[239]),
    (UNSURE, 500, &[9]),
    (UNSURE, 502, &[134, 240]),
    (UNSURE, 503, &[10, 100]),
    (UNSURE, 504, &[137, 241]),
    (VALIDATION, 400, &[1, 243]),
    (BLOCK, 400, &[2, 3, 18, 19, 20, 21, 28, 29, 30, 31, 33, 37, 41, 63, 94, 124, 125, 135, 179, 242]),
    (BLOCK, 401, &[15]),
    (BLOCK, 403, &[6, 14, 23, 75, 77, 78, 80, 81, 111]),
    (BLOCK, 404, &[8, 12, 26]),
    (BLOCK, 405, &[22, 76]),
    (BLOCK, 406, &[122, 149]),
    (BLOCK, 410, &[215]),
    (BLOCK, 501, &[60]),
];

/// Codes of other APIs, which go by their status as an unknown code does.
const ELSEWHERE: &[Row] = &[
    (UNSURE, 202, &[70]),
    (
        BLOCK,
        400,
        &[
            24, 25, 27, 40, 45, 50, 53, 54, 59, 66, 71, 74, 88, 89, 91, 93, 98, 101, 116, 120, 121, 123, 126,
            131, 132, 140, 141, 158, 159, 170, 171, 172, 176, 177, 178, 192, 193, 194, 208, 209, 211, 214,
            217, 218, 222, 223, 224, 225, 226, 227, 229, 232, 235, 236, 237, 245, 264, 266,
        ],
    ),
    (HALT, 401, &[64, 207]),
    (
        BLOCK,
        403,
        &[
            13, 17, 32, 34, 35, 36, 39, 42, 43, 44, 46, 56, 57, 58, 61, 68, 69, 72, 73, 79, 82, 83, 84, 85,
            86, 87, 92, 95, 97, 99, 102, 103, 104, 105, 110, 117, 119, 142, 143, 148, 150, 151, 152, 161,
            162, 165, 166, 167, 168, 174, 190, 212, 213, 219, 220, 221, 228, 233, 246, 247, 248, 250, 251,
            252, 255, 259, 262, 267, 269,
        ],
    ),
    (ABSENT, 404, &[48, 163, 191, 198, 258]),
    (BLOCK, 405, &[257]),
    (
        UNSURE,
        409,
        &[
            55, 62, 90, 96, 108, 113, 127, 136, 157, 182, 183, 184, 185, 187, 188, 197, 200, 201, 202, 203,
            230, 244, 254, 263, 265,
        ],
    ),
    (ABSENT, 410, &[153, 154]),
    (BLOCK, 422, &[189]),
    (UNSURE, 423, &[180]),
    (WINDOW, 429, &[109, 118, 133, 146, 147, 186, 204, 205]),
    (UNSURE, 500, &[49, 51, 65, 138, 261]),
    (BLOCK, 501, &[52]),
    (UNSURE, 503, &[115, 139, 181]),
    (UNSURE, 504, &[67]),
];

/// The answer to a call: only a 429 tells of a window.
fn says(status: u16, code: u32) -> Says {
    let code = format!("E{code:07}");
    let body = json!({"errorCode": code, "errorSummary": "no", "errorId": "oae1", "errorCauses": []});
    let mut headers = Vec::new();
    if status == 429 {
        headers = vec![
            ("date", "Mon, 09 Mar 2026 14:10:00 GMT".to_owned()),
            ("x-rate-limit-limit", "600".to_owned()),
            ("x-rate-limit-remaining", "0".to_owned()),
            ("x-rate-limit-reset", (now().timestamp() + 30).to_string()),
        ];
    }
    Says(status, headers, body.to_string())
}

/// What these calls make of it.
async fn letters(server: &Server, client: &Client, calls: &[&str], status: u16, code: u32) -> String {
    let mut letters = String::new();
    for call in calls {
        server.says(says(status, code));
        letters.push(letter(&make(client, call).await));
    }
    letters
}

#[tokio::test]
async fn each_code_has_its_verdict_for_each_call() {
    let server = Server::start([]).await;
    let client = forgetful(&server.origin);
    let mut seen = 0;
    for (expected, status, codes) in CODES.iter().chain(ELSEWHERE) {
        for code in *codes {
            seen += 1;
            assert_eq!(
                letters(&server, &client, &CALLS, *status, *code).await,
                *expected,
                "{status} E{code:07}"
            );
        }
    }
    assert_eq!((seen, server.asked().len()), (251, 251 * CALLS.len()));
}

/// Okta changes a status now and then; its codes stay.
#[tokio::test]
async fn a_known_code_counts_more_than_the_status() {
    let server = Server::start([]).await;
    let client = forgetful(&server.origin);
    for (expected, status, codes) in CODES {
        for code in *codes {
            for other in [400, 401, 409, 503].into_iter().filter(|other| other != status) {
                let letters =
                    letters(&server, &client, &["create", "deactivate", "list"], other, *code).await;
                let expected: String = [0, 6, 9].map(|at| &expected[at..=at]).concat();
                // Without a window to wait for it is the usual minute.
                assert_eq!(letters, expected.replace('W', "M"), "{other} E{code:07}");
            }
            assert_eq!(letters(&server, &client, &["create"], 429, *code).await, "W", "429 E{code:07}");
        }
    }
}

#[tokio::test]
async fn an_unknown_code_goes_by_its_status_and_says_so() {
    let server = Server::start([]).await;
    let client = forgetful(&server.origin);
    for (expected, status) in [
        (BLOCK, 400),
        (HALT, 401),
        (BLOCK, 403),
        (ABSENT, 404),
        (UNSURE, 409),
        (ABSENT, 410),
        (UNSURE, 412),
        (UNSURE, 423),
        (WINDOW, 429),
        (UNSURE, 500),
        (BLOCK, 501),
        (UNSURE, 503),
        (UNSURE, 999),
    ] {
        assert_eq!(letters(&server, &client, &CALLS, status, 9_999_999).await, expected, "{status}");
    }
    server.says(says(403, 9_999_999));
    let fault = make(&client, "update").await.unwrap_err();
    assert!(fault.to_string().contains("403 E9999999, a code that this program does not know"), "{fault}");
}
