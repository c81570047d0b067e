//! The result for people and for comparison.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::prices;
use super::rows::{Row, rounded};

fn verdict(row: &Row) -> String {
    match row.budget {
        None => "counted".to_owned(),
        Some(_) if row.is_met() => "met".to_owned(),
        Some(budget) if budget > 0.0 => {
            format!("missed by {:.0} %", (row.figure / budget - 1.0) * 100.0)
        }
        Some(_) => "missed".to_owned(),
    }
}

fn budget(row: &Row) -> String {
    row.budget.map_or_else(|| "-".to_owned(), rounded)
}

/// Lines for the terminal.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let (figure, budget) = (rounded(row.figure), budget(row));
        let _ = writeln!(
            text,
            "{:<width$}  {figure:>8} of {budget:>5} {:<14} {}",
            row.what,
            row.unit,
            verdict(row)
        );
        if !row.why.is_empty() {
            let _ = writeln!(text, "    {}", row.why);
        }
    }
    text
}

/// The rows of a table in Markdown, without its head.
pub fn markdown(rows: &[Row]) -> String {
    let line = |row: &Row| {
        format!(
            "| {} | {} {} | {} | {} | {} |\n",
            row.what,
            rounded(row.figure),
            row.unit,
            budget(row),
            verdict(row),
            row.why
        )
    };
    rows.iter().map(line).collect()
}

/// For comparison with another run.
pub fn json(rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "name": row.name, "what": row.what, "unit": row.unit, "figure": row.figure,
                "budget": row.budget, "met": row.is_met(), "why": row.why })
        })
        .collect();
    json!({ "prices": prices::AS_OF, "rows": rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(figure: f64, budget: Option<f64>) -> Row {
        Row { name: "n", what: "w".into(), unit: "calls", figure, budget, why: String::new() }
    }

    #[test]
    fn a_missed_budget_says_by_how_much() {
        let rows = [row(1.0, Some(1.0)), row(3.0, Some(2.0)), row(3.0, None)];
        let lines = markdown(&rows);
        assert_eq!(
            lines.lines().collect::<Vec<_>>(),
            [
                "| w | 1 calls | 1 | met |  |",
                "| w | 3 calls | 2 | missed by 50 % |  |",
                "| w | 3 calls | - | counted |  |"
            ]
        );
        assert_eq!(json(&rows)["rows"][1]["met"], false);
        assert!(table(&rows).contains("missed by 50 %"));
    }
}
