//! An operator's word on what is held: about what it is, and for how long.

use super::*;

#[tokio::test]
async fn an_approval_is_for_one_wish_and_for_nobody_elses_limit() {
    let book = staff(8, guard(limit(2))).await;
    for n in ["0", "1"] {
        assert_eq!(book.cut(n, now()).await, FREE);
    }
    for n in ["2", "3", "4"] {
        assert_eq!(batch(&book.cut(n, now()).await), Some(1));
    }
    book.say("2", false).await;
    assert_eq!(book.person("2").await.block, None);
    assert_eq!(book.cut("2", now()).await, Intent::Kept(None), "it goes ahead, and does not count");
    let released = Report::open(&book.folder.path().join("staff.sqlite3")).unwrap();
    let released = released.activity(&okta_provisioner::ledger::Filter::default(), 1000).unwrap();
    let words: Vec<_> = released.iter().filter(|entry| entry.operator.as_deref() == Some("zoe")).collect();
    assert_eq!(
        words.iter().map(|word| word.code.as_str()).collect::<Vec<_>>(),
        ["operator.asked", "employee.released"]
    );
    assert!(words.iter().all(|word| word.reason.as_ref().unwrap().ends_with("ticket 4711")));
    // Another day, and the limit is as free as if nothing had been approved.
    let later = now() + TimeDelta::hours(25);
    assert_eq!((book.cut("5", later).await, book.cut("6", later).await), (FREE, FREE));
    assert_eq!(batch(&book.cut("7", later).await), Some(2), "something of the first batch has been decided");
    // The word was about this wish.
    assert_eq!(batch(&book.cut_for("2", "left on another day", later).await), Some(2));
    for n in ["2", "3", "4", "7"] {
        book.say(n, false).await;
    }
    assert_eq!(batch(&book.cut("0", later).await), Some(3), "a new number after that");
}

#[tokio::test]
async fn a_refusal_stands_until_the_wish_is_another() {
    let book = staff(3, guard(limit(0))).await;
    assert_eq!(batch(&book.cut("0", now()).await), Some(1));
    assert_eq!(batch(&book.cut("1", now()).await), Some(1));
    book.say("0", true).await;
    let rejected = Block::Rejected { effect: Effect::Cut, batch: 1 };
    assert_eq!(book.person("0").await.block, Some(rejected.clone()), "seen at once");
    assert_eq!(book.cut("0", now() + TimeDelta::days(2)).await, Intent::Held(rejected));
    // Decided anew, apart from those of whom something has been decided.
    assert_eq!(batch(&book.cut_for("0", "left later", now()).await), Some(2));
    assert_eq!(batch(&book.cut("2", now()).await), Some(2));
}

#[tokio::test]
async fn a_batch_takes_in_others_for_a_while_only() {
    let book = staff(9, guard(limit(0))).await;
    let after = |minutes| now() + TimeDelta::minutes(minutes);
    for (id, at, of) in [("0", 0, 1), ("1", 9, 1), ("2", 11, 2), ("3", 20, 2), ("4", 22, 3)] {
        assert_eq!(batch(&book.cut(id, after(at)).await), Some(of), "{id}");
    }
    // Once something of it is decided it takes in nobody; an older one is none of its business.
    book.say("1", true).await;
    assert_eq!(batch(&book.cut("5", after(23)).await), Some(3));
    book.say("5", false).await;
    assert_eq!(batch(&book.cut("6", after(24)).await), Some(4));
}

#[tokio::test]
async fn a_word_about_many_overturns_no_other_word() {
    let book = staff(1, guard(limit(0))).await;
    book.cut("0", now()).await;
    book.say("0", true).await;
    book.say_of("0", false, false).await;
    assert!(matches!(book.cut("0", now()).await, Intent::Held(Block::Rejected { .. })));
    book.say("0", false).await;
    assert_eq!(book.cut("0", now()).await, Intent::Kept(None));
}

#[tokio::test]
async fn a_refusal_outlasts_what_the_person_meanwhile_waits_for() {
    let book = staff(2, guard(limit(0))).await;
    for id in ["0", "1"] {
        assert_eq!(batch(&book.cut(id, now()).await), Some(1));
    }
    book.say("0", true).await;
    let how = "its login".to_owned();
    for id in ["0", "1"] {
        book.wait(id, Block::Protected { how: how.clone() }, now()).await;
    }
    let rejected = Block::Rejected { effect: Effect::Cut, batch: 1 };
    assert_eq!(book.cut("0", now()).await, Intent::Held(rejected));
    assert_eq!(batch(&book.cut("1", now()).await), Some(2), "nobody has decided about this one");
}

#[tokio::test]
async fn what_was_let_through_can_be_refused_until_it_is_done() {
    let book = staff(2, guard(limit(0))).await;
    let path = book.folder.path().join("staff.sqlite3");
    for (id, done) in [("0", false), ("1", true)] {
        book.cut(id, now()).await;
        let seen = book.held().into_iter().find(|held| held.employee == id).expect("held");
        book.say(id, false).await;
        if done {
            let end = end(&book.person(id).await);
            let desired =
                Desired { access: Access::Deactivated, why: Why::LeftByStatus(now()), ..end.desired };
            book.settle(Settlement { desired, waiting: None, block: None, due_at: None, ..end }).await;
        }
        // Whether it was on the operator's list by name or among others.
        Wish::leave_all(&[Word::wish(&seen, true, false, None, None)], &path, now()).unwrap();
        book.ledger.grant_wishes(now()).await.unwrap();
        let rejected = matches!(book.cut(id, now()).await, Intent::Held(Block::Rejected { .. }));
        assert_eq!(rejected, !done, "{id}");
    }
}

#[tokio::test]
async fn a_word_about_something_else_than_what_is_held_now_is_none() {
    let book = staff(1, guard(limit(0))).await;
    book.cut("0", now()).await;
    let seen = book.held().remove(0);
    book.cut_for("0", "left later", now()).await;
    let wish = Word::wish(&seen, false, true, None, None);
    Wish::leave_all(&[wish], &book.folder.path().join("staff.sqlite3"), now()).unwrap();
    book.ledger.grant_wishes(now()).await.unwrap();
    assert_eq!(batch(&book.cut_for("0", "left later", now()).await), Some(1));
}
