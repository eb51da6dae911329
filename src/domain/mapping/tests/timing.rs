use super::*;
#[test]
fn timing() {
    #![expect(clippy::disallowed_methods)]
    let mapping = Mapping::compile(&rows(&default::default_rows()), &Limits::base()).unwrap();
    let facts: std::collections::BTreeMap<String, Value> = mapping
        .fields()
        .into_iter()
        .map(|f| {
            let v = match f.as_str() {
                "root.email" => json!("mira@example.com"),
                "address.country" => json!("United Kingdom"),
                _ => json!("Some value 12"),
            };
            (f, v)
        })
        .collect();
    let start = std::time::Instant::now();
    for _ in 0..20_000 {
        std::hint::black_box(mapping.profile(|f| facts.get(f).into(), false).unwrap());
    }
    println!("PER {:?}", start.elapsed() / 20_000);
}
