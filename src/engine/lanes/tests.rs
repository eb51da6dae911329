use super::*;
use Urgency::{Change, Joiner, Leaver};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

impl Lanes {
    /// A turn of somebody begins and ends.
    fn turn(&mut self, id: usize, urgency: Urgency, spent: Option<i64>, now: i64) -> Option<DateTime<Utc>> {
        Arc::make_mut(&mut self.out).insert(id.to_string(), None);
        self.each[urgency as usize].busy += 1;
        let spent = spent.map(|until| (1, Spent { until: at(until) }));
        self.end(Ended { employee: id.to_string(), urgency, spent }, at(now))
    }
}

#[test]
fn a_lane_in_which_nobody_gets_through_rests_longer_and_longer() {
    let mut lanes = Lanes::new(16);
    let (mut now, mut rests, mut id) = (0, Vec::new(), 0);
    while now < 50 {
        for _ in 0..16 {
            assert_eq!(lanes.room()[1], 16);
            lanes.turn(id, Joiner, Some(57), now);
            id += 1;
        }
        assert_eq!(lanes.room(), [16, 0, 16, 16], "the other lanes go on");
        let next = lanes.next().expect("it wakes").timestamp();
        rests.push(next - now);
        now = next;
        lanes.wake(at(now));
    }
    assert_eq!(rests, [1, 2, 4, 8, 8, 8, 8, 8, 8]);
    lanes.wake(at(57));
    assert!(lanes.out().is_empty(), "all are looked at when the budget is there");
    assert_eq!(lanes.next(), None);
}

#[test]
fn somebody_who_gets_through_keeps_the_lane_going() {
    let mut lanes = Lanes::new(16);
    for id in 0..1999 {
        lanes.turn(id, Change, (id % 15 != 0).then_some(60), 0);
    }
    assert_eq!(lanes.room()[2], 16);
    assert_eq!(lanes.out().len(), 1999 - 134);
    // But the ledger is not to go by too many.
    for id in 2000..2135 {
        lanes.turn(id, Change, Some(60), 0);
    }
    assert_eq!(lanes.room()[2], 0);
    lanes.wake(at(60));
    assert_eq!(lanes.room()[2], 16);
}

#[test]
fn leavers_are_always_looked_at_and_the_news_is_told_once() {
    let mut lanes = Lanes::new(16);
    let told: Vec<_> = (0..40).filter_map(|id| lanes.turn(id, Leaver, Some(60), 0)).collect();
    assert_eq!(told, [at(60)]);
    assert_eq!(lanes.room()[0], 16);
}

#[test]
fn a_clock_set_back_keeps_nobody_aside() {
    let mut lanes = Lanes::new(16);
    for id in 0..16 {
        lanes.turn(id, Joiner, Some(3660), 3600);
    }
    lanes.wake(at(0));
    assert_eq!((lanes.room()[1], lanes.out().len(), lanes.next()), (16, 0, None));
}

#[test]
fn whoever_is_in_a_turn_again_stays_in_it() {
    let mut lanes = Lanes::new(16);
    lanes.turn(1, Joiner, Some(60), 0);
    // Facts came: it was loaded again.
    Arc::make_mut(&mut lanes.out).insert("1".into(), None);
    lanes.wake(at(60));
    assert_eq!(lanes.out().get("1"), Some(&None));
}
