//! Every operation with every fault: the end is right, and the calls are few.

mod company;
mod operation;
mod trouble;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use self::company::{ANN, Company};
use self::operation::Operation;
use self::trouble::Case;

/// How many companies live at the same time.
const AT_ONCE: usize = 6;

/// How many calls it took, or what is wrong.
type Cell = Result<usize, String>;

/// Runs one operation in one case.
async fn cell(operation: Operation, case: Case) -> Cell {
    let company = Company::start(operation.rules(), case.timeout()).await;
    operation.prepare(&company).await;
    company.calls();
    if let Some(weather) = case.weather {
        (weather.set)(&company.sandbox);
    }
    let faults = company.sandbox.faults();
    if let Some((first, times)) = case.first {
        let (method, path) = operation.call(&company);
        faults.fail_next_on(times, first.fault, method, &path);
    }
    if let Some(second) = case.second {
        faults.fail_next_on(1, second.fault, "GET", "/api/v1/users/");
    }
    company.say(&operation.said()).await;
    company.rest().await?;
    let calls = company.calls();
    // What takes its time at Okta is over then.
    company.pass(2).await;
    right(operation, &company)?;
    if operation.wants_fresh_status()
        && !calls.iter().any(|call| call.method == "DELETE" && call.status == 204)
    {
        return Err("the sessions live on".into());
    }
    // Time enough for a list of changed users.
    company.pass(70).await;
    let more = company.calls();
    if !more.is_empty() {
        return Err(format!("calls after the end: {more:?}"));
    }
    let most = case.most(operation);
    if calls.len() > most {
        let calls: Vec<_> =
            calls.iter().map(|call| format!("{} {} {}", call.method, call.path, call.status)).collect();
        return Err(format!("more than {most} calls: {calls:#?}"));
    }
    let least = case.least(operation);
    if calls.len() < least {
        return Err(format!("{} calls, and it cannot be done with fewer than {least}", calls.len()));
    }
    match company.sandbox.faults().pending() {
        0 => {}
        pending => return Err(format!("{pending} faults on order met no call")),
    }
    if let Some((said, status)) = operation.undone() {
        company.say(&said).await;
        company.rest().await?;
        company.pass(2).await;
        let found = company.users()[0]["status"].clone();
        if found != status {
            return Err(format!("a cut that is not known to be ours: {found} for ever"));
        }
    }
    company.end().await;
    Ok(calls.len())
}

/// Whether the org and the ledger are as they should be.
fn right(operation: Operation, company: &Company) -> Result<(), String> {
    let (status, profile) = operation.end();
    let users = company.users();
    let [user] = users.as_slice() else { return Err(format!("{} accounts", users.len())) };
    if user["status"] != status {
        return Err(format!("ends {} instead of {status}", user["status"]));
    }
    for (name, value) in profile.as_object().expect("an object") {
        if user["profile"][name] != *value {
            return Err(format!("{name} is {} instead of {value}", user["profile"][name]));
        }
    }
    let linked = company.person().account.map(|account| account.id.0);
    if linked.as_deref() != user["id"].as_str() {
        return Err(format!("employee {ANN} is linked to {linked:?}"));
    }
    let code = operation.decided();
    match company.count(code) {
        1 => Ok(()),
        times => Err(format!("{code} is on record {times} times")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_every_operation_with_every_fault() {
    let cases = Case::all();
    let pairs: Vec<_> =
        cases.iter().flat_map(|case| Operation::ALL.map(|operation| (*case, operation))).collect();
    let slots = Semaphore::new(AT_ONCE);
    let cells: Vec<Option<Cell>> = join_all(pairs.iter().map(async |&(case, operation)| {
        if !case.meets(operation) {
            return None;
        }
        // Who waits for an answer that does not come takes nothing from the others.
        let _slot = if case.waits() { None } else { slots.acquire().await.ok() };
        Some(tokio::spawn(cell(operation, case)).await.unwrap_or_else(|panic| Err(panic.to_string())))
    }))
    .await;
    print(&cases, &cells);
    let wrong: Vec<_> = pairs
        .iter()
        .zip(&cells)
        .filter_map(|((case, operation), cell)| {
            let why = cell.as_ref()?.as_ref().err()?;
            Some(format!("{operation:?}, {}: {why}", case.name()))
        })
        .collect();
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

fn print(cases: &[Case], cells: &[Option<Cell>]) {
    print!("{:<56}", "calls of an operation with this fault:");
    for operation in Operation::ALL {
        print!("{:>14}", format!("{operation:?}"));
    }
    println!();
    for (case, row) in cases.iter().zip(cells.chunks(Operation::ALL.len())) {
        print!("{:<56}", case.name());
        for cell in row {
            let shown = match cell {
                None => "-".to_owned(),
                Some(Ok(count)) => count.to_string(),
                Some(Err(_)) => "WRONG".to_owned(),
            };
            print!("{shown:>14}");
        }
        println!();
    }
}
