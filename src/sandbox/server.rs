//! From a request on the wire to an answer on the wire: faults, token, rate limit, route.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Request as HttpRequest, Response};
use chrono::{DateTime, SubsecRound, Utc};

use super::calls::{Call, Record};
use super::control;
use super::directory::Directory;
use super::faults::{Fault, Faults};
use super::limits::{self, Limits, Plan, Quota};
use super::line::Peer;
use super::reply::{Refusal, Reply};
use super::request::Request;
use super::routes::{Scene, route};
use super::switches::Switch;
use super::tokens::{Bearer, Tokens};
use super::{Clock, Options};

/// What all connections share.
pub(super) struct Server {
    pub(super) base: String,
    pub(super) faults: Faults,
    pub(super) record: Record,
    in_flight: AtomicUsize,
    concurrency: usize,
    clock: Clock,
    latency: Duration,
    world: Mutex<World>,
}

pub(super) struct World {
    pub(super) directory: Directory,
    pub(super) tokens: Tokens,
    limits: Limits,
    requests: u64,
}

/// An answer with the headers of its bucket; without any where no bucket was charged.
type Answer = (Reply, Option<Quota>);

impl Server {
    pub(super) fn new(options: Options, base: String) -> Self {
        let world = World {
            directory: Directory::default(),
            tokens: Tokens::new(),
            limits: Limits::new(options.plan.unwrap_or(Plan::Each(options.limit))),
            requests: 0,
        };
        Self {
            base,
            faults: Faults::default(),
            record: Record::new(),
            in_flight: AtomicUsize::new(0),
            concurrency: options.concurrency,
            clock: options.clock,
            latency: options.latency,
            world: Mutex::new(world),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)().trunc_subsecs(0)
    }

    /// The world as it is at this moment.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.directory.advance((self.clock)(), self.faults.conditions());
        world
    }

    /// The answer, or none where the connection is to be cut, and how long it takes to come.
    fn handle(&self, request: Request, crowded: bool) -> (Option<Response<Body>>, Duration) {
        let instant = (self.clock)();
        let now = instant.trunc_subsecs(0);
        let mut world = self.world();
        world.requests += 1;
        let number = world.requests;
        let fault = self.faults.next(&request.method, &request.target, crowded);
        let pause = if let Some(Fault::Delay(delay)) = fault {
            self.latency.saturating_add(delay)
        } else {
            self.latency
        };
        let transitions_take = self.faults.conditions().transitions_take;
        let bearer = Bearer::stranger();
        let scene = Scene { base: &self.base, now, instant, number, transitions_take, bearer };
        let answer = world.answer(&request, fault, scene);
        self.record.add(|| Call {
            headers: request.recorded_headers(),
            body: request.recorded_body(),
            method: request.method,
            path: request.target,
            status: answer.as_ref().map_or(0, |(reply, _)| reply.status),
        });
        drop(world);
        (answer.map(|(reply, quota)| reply.on_the_wire(now, number, quota, fault)), pause)
    }
}

impl World {
    fn answer(&mut self, request: &Request, fault: Option<Fault>, mut scene: Scene<'_>) -> Option<Answer> {
        let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
        let path = path.strip_prefix(&["api", "v1"]).unwrap_or_default();
        let bucket = limits::bucket(&request.method, path);
        let now = scene.now;
        let known = self.tokens.authenticate(&request.authorization, &self.directory, now);
        let stranger = known.map(|bearer| scene.bearer = bearer).err();
        let refused = |refusal| Reply::refused(refusal, scene.number);
        // A stranger has no quota that could be shown.
        let known = stranger.is_none();
        let shown = |world: &mut Self| known.then(|| world.limits.show(bucket, &scene.bearer, now));
        Some(match fault {
            None
            | Some(
                Fault::Delay(_)
                | Fault::Truncated
                | Fault::Empty
                | Fault::BadGzip
                | Fault::Torn
                | Fault::Held,
            ) => self.act(request, path, &scene, stranger),
            Some(Fault::Dropped) => return None,
            Some(Fault::ReplyLost) => {
                self.act(request, path, &scene, stranger);
                return None;
            }
            Some(Fault::StatusAfter(status)) => {
                let (_, quota) = self.act(request, path, &scene, stranger);
                (refused(Refusal::of_status(status)), quota)
            }
            Some(Fault::HtmlAfter(status)) => {
                let (_, quota) = self.act(request, path, &scene, stranger);
                (Reply::html(status), quota)
            }
            Some(Fault::Status(status)) => (refused(Refusal::of_status(status)), shown(self)),
            Some(Fault::Html(status)) => (Reply::html(status), shown(self)),
            Some(Fault::ConcurrencyLimit) => {
                (refused(Refusal::too_many()), Some(limits::concurrency(scene.number, now)))
            }
            Some(Fault::RateLimit) => {
                let quota = shown(self).map(|quota| Quota { remaining: 0, ..quota });
                (refused(Refusal::too_many()), quota)
            }
        })
    }

    fn act(
        &mut self,
        request: &Request,
        path: &[&str],
        scene: &Scene<'_>,
        stranger: Option<Refusal>,
    ) -> Answer {
        let refused = |refusal| Reply::refused(refusal, scene.number);
        // A proxy in front of Okta says this, before anything of Okta sees the call.
        if request.lacks_length {
            return (Reply::html(411), None);
        }
        let bucket = limits::bucket(&request.method, path);
        if let Some(refusal) = stranger {
            let counted = refusal.status == 401 && self.directory.switches.on(Switch::LimitsOn401);
            let quota = counted.then(|| self.limits.take(bucket, &scene.bearer, scene.now));
            return (refused(refusal), quota.map(|quota| quota.unwrap_or_else(|none_left| none_left)));
        }
        let quota = match self.limits.take(bucket, &scene.bearer, scene.now) {
            Ok(quota) => quota,
            Err(quota) => return (refused(Refusal::too_many()), Some(quota)),
        };
        let reply = self.carry_out(request, path, scene).unwrap_or_else(refused);
        (reply, Some(quota))
    }

    fn carry_out(&mut self, request: &Request, path: &[&str], scene: &Scene<'_>) -> Result<Reply, Refusal> {
        self.tokens.authorise(&scene.bearer, request, path)?;
        let Self { directory, tokens, .. } = self;
        // `me` is whoever's token it is.
        directory.caller.clone_from(&scene.bearer.owner);
        match tokens.answer(directory, request, path, scene) {
            Some(answer) => answer,
            None => route(directory, request, path, scene),
        }
    }
}

/// One of the calls in flight, until it is dropped.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
        return control::answer(&server, &request);
    }
    let crowded = server.in_flight.fetch_add(1, Ordering::Relaxed) >= server.concurrency;
    let _in_flight = InFlight(&server.in_flight);
    let (response, pause) = server.handle(request, crowded);
    peer.say(response, pause).await
}
