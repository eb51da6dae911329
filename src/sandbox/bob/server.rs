//! From a request on the wire to an answer on the wire: ban, faults, credentials, limit, route.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Request as HttpRequest, Response, header};
use chrono::{DateTime, Utc};
use futures_util::stream;

use crate::sandbox::Clock;
use crate::sandbox::calls::{Call, Record as Calls};
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::line::Peer;
use crate::sandbox::request::Request;

use super::api::Desk;
use super::company::Company;
use super::control;
use super::gate::{Gate, Quota, Sight, endpoint};
use super::post::Post;
use super::record::Record;
use super::reply::{Content, Reply, finish, head};
use super::script::Script;
use super::shape::{Form, Question};
use super::switches::Switch;

/// How many people are written to an answer at a time, with everything else waiting.
const AT_ONCE: usize = 200;

/// What all connections share.
pub(super) struct Server {
    pub(super) base: String,
    pub(super) faults: Faults,
    pub(super) calls: Calls,
    pub(super) clock: Clock,
    /// For webhooks, once there is one.
    pub(super) http: OnceLock<reqwest::Client>,
    /// Held by who sends webhooks.
    pub(super) sending: tokio::sync::Mutex<()>,
    pub(super) world: Mutex<World>,
}

pub(super) struct World {
    pub(super) company: Company,
    pub(super) gate: Gate,
    pub(super) post: Post,
    pub(super) script: Script,
}

/// How an answer is made: what is said, the limits shown, and who wants to know what about everybody.
struct Answer {
    reply: Reply,
    quota: Option<Quota>,
    asked: Option<Question>,
}

impl Server {
    /// The world as it is at this moment.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.company.lag.set(self.faults.conditions().search_lag);
        world.live_until((self.clock)());
        world
    }

    /// The answer, or none where the connection is to be cut, and how long it takes to come.
    fn handle(self: &Arc<Self>, request: Request) -> (Option<Response<Body>>, Duration) {
        let now = (self.clock)();
        let mut world = self.world();
        let fault = self.faults.next(&request.method, &request.target, false);
        let pause = if let Some(Fault::Delay(delay)) = fault { delay } else { Duration::ZERO };
        let answer = world.answer(&request, fault, now);
        self.calls.add(|| Call {
            headers: request.recorded_headers(),
            body: request.recorded_body(),
            method: request.method,
            path: request.target,
            status: answer.as_ref().map_or(0, |answer| answer.reply.status),
        });
        let retry_after = world.company.switches.on(Switch::RetryAfter);
        let always = world.company.switches.on(Switch::LimitsAlwaysShown);
        let sight = world.gate.sight.clone();
        drop(world);
        let response = answer.map(|Answer { reply, quota, asked }| {
            let quota = quota.filter(|_| always || reply.status == 429);
            let head = head(reply.status, now, quota, retry_after);
            match reply.body {
                Content::Html => finish(head, None, fault),
                Content::Json(body) => finish(head, Some(body.to_string()), fault),
                Content::People(ids) => {
                    let pieces = self.everybody(ids, asked.expect("a question"), sight, now);
                    if matches!(fault, None | Some(Fault::Delay(_))) {
                        let pieces = stream::iter(pieces.map(Ok::<_, std::convert::Infallible>));
                        let head = head.header(header::CONTENT_TYPE, "application/json");
                        return head.body(Body::from_stream(pieces)).unwrap_or_default();
                    }
                    finish(head, Some(pieces.collect()), fault)
                }
            }
        });
        (response, pause)
    }

    /// The answer about these people in pieces, each made only when it is sent.
    fn everybody(
        self: &Arc<Self>,
        ids: Vec<String>,
        question: Question,
        sight: Sight,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = String> + Send + use<> {
        let server = Arc::clone(self);
        let count = ids.len().div_ceil(AT_ONCE).max(1);
        (0..count).map(move |piece| {
            let world = server.world.lock().unwrap_or_else(PoisonError::into_inner);
            let form = Form::new(&world.company, &question, &sight);
            let mut text = if piece == 0 { "{\"employees\":[".to_owned() } else { String::new() };
            for (place, id) in ids.iter().enumerate().skip(piece * AT_ONCE).take(AT_ONCE) {
                let Some(person) = world.company.read(id) else { continue };
                text.push_str(if place == 0 { "" } else { "," });
                text.push_str(&form.fill(&Record::new(&world.company, person, now)).to_string());
            }
            if piece + 1 == count {
                text.push_str("]}");
            }
            text
        })
    }
}

impl World {
    fn answer(&mut self, request: &Request, fault: Option<Fault>, now: DateTime<Utc>) -> Option<Answer> {
        let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
        let path = path.strip_prefix(&["v1"]).unwrap_or_default();
        let said = |reply, quota| Some(Answer { reply, quota, asked: None });
        match fault {
            Some(Fault::Dropped) => return None,
            Some(Fault::ReplyLost) => {
                self.act(request, path, now);
                return None;
            }
            Some(Fault::Status(status)) => {
                return said(Reply::of_status(status), Some(self.shown(path, now)));
            }
            Some(Fault::Html(status)) => return said(Reply::html(status), None),
            Some(Fault::RateLimit | Fault::ConcurrencyLimit) => {
                let quota = Quota { remaining: 0, ..self.shown(path, now) };
                return said(Reply::of_status(429), Some(quota));
            }
            _ => {}
        }
        let answer = self.act(request, path, now);
        match fault {
            Some(Fault::StatusAfter(status)) => said(Reply::of_status(status), answer.quota),
            Some(Fault::HtmlAfter(status)) => said(Reply::html(status), None),
            _ => Some(answer),
        }
    }

    fn shown(&mut self, path: &[&str], now: DateTime<Utc>) -> Quota {
        self.gate.show(endpoint(path), now)
    }

    fn act(&mut self, request: &Request, path: &[&str], now: DateTime<Utc>) -> Answer {
        let said = |reply, quota| Answer { reply, quota, asked: None };
        if self.gate.is_banned(&request.authorization, now) {
            return said(Reply::html(403), None);
        }
        if let Some(status) = self.gate.refusal(&request.authorization, now) {
            return said(Reply::of_status(status), None);
        }
        match self.gate.take(endpoint(path), now) {
            Err(quota) => said(Reply::of_status(429), Some(quota)),
            Ok(quota) => {
                let desk = Desk { company: &self.company, sight: &self.gate.sight, now };
                let (reply, asked) = desk.answer(request, path);
                Answer { reply, quota: Some(quota), asked }
            }
        }
    }
}

/// The one handler.
pub(super) async fn answer(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let Some(request) = peer.hear(request).await else { return Response::default() };
    if peer.local && request.path.first().is_some_and(|first| first == "sandbox") {
        return control::answer(&server, &request).await;
    }
    let (response, pause) = server.handle(request);
    peer.say(response, pause).await
}
