//! Carries webhooks to their receiver.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use tokio_util::sync::CancellationToken;

use super::post::Webhook;
use super::server::Server;

/// Bob API: an answer is expected within 10 seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often real time is looked at; a clock that runs fast passes hours meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Bob API: the first form of a test, a plain text.
const PING: &str = "Ping test";
/// Bob API: the second form, if the first is not taken.
const PING_AS_JSON: &str = "{\"text\":\"Ping test\"}";

const JSON: &str = "application/json";

impl Server {
    /// Sends every webhook that is due, in order, until none is; gives how many attempts that took.
    pub(super) async fn deliver(&self) -> usize {
        let _alone = self.sending.lock().await;
        let mut attempts = 0;
        loop {
            let (webhook, line, due) = {
                let mut world = self.world();
                let Some(webhook) = world.post.webhook.clone() else { return attempts };
                let due = world.post.due((self.clock)());
                let bodies =
                    due.into_iter().map(|place| (place, world.post.deliveries[place].body.to_string()));
                let due: Vec<(usize, String)> = bodies.collect();
                (webhook, world.post.line, due)
            };
            if due.is_empty() {
                return attempts;
            }
            for (place, body) in due {
                let status = if line { self.send(&webhook, JSON, body).await } else { None };
                self.world().post.answered(place, (self.clock)(), status);
                attempts += 1;
            }
        }
    }

    /// Tests the receiver as Bob does; gives what each form was answered: none without an answer.
    pub(super) async fn ping(&self) -> Vec<Option<u16>> {
        let (webhook, line) = {
            let world = self.world();
            (world.post.webhook.clone(), world.post.line)
        };
        let Some(webhook) = webhook.filter(|_| line) else { return vec![None, None] };
        let first = self.send(&webhook, "text/plain", PING.to_owned()).await;
        if first.is_some_and(|status| (200..300).contains(&status)) {
            return vec![first];
        }
        vec![first, self.send(&webhook, JSON, PING_AS_JSON.to_owned()).await]
    }

    async fn send(&self, webhook: &Webhook, content_type: &str, body: String) -> Option<u16> {
        let http = self.http.get_or_init(|| {
            let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
            client.redirect(reqwest::redirect::Policy::none()).build().expect("a client")
        });
        let signature = webhook.signature(body.as_bytes());
        let request = http.post(&webhook.url).header(header::CONTENT_TYPE, content_type);
        let answer = request.header("Bob-Signature", signature).body(body).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }
}

/// Sends what is due as time goes by, until told to stop.
pub(super) async fn live(server: Arc<Server>, stop: CancellationToken) {
    let rounds = async {
        loop {
            server.deliver().await;
            tokio::time::sleep(LOOK).await;
        }
    };
    stop.run_until_cancelled(rounds).await;
}
