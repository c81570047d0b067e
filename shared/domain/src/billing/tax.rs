//! Tax rates as dated data per country.

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use super::money::Money;

/// A rate from a day on, until the country's next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaxRate {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Name of the tax on invoices.
    pub name: String,
    /// First day.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Hundredths of a percent: 1500 is 15 %.
    pub basis_points: u32,
    /// What the country's authority calls this rate in electronic invoices (Ecuador: `codigoPorcentaje`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority_code: Option<String>,
}

/// Highest rate that can be one, in hundredths of a percent.
pub const HIGHEST_RATE: u32 = 5_000;

impl TaxRate {
    /// The tax on an amount, rounded half up to the minor unit.
    pub fn of(&self, net: Money) -> Money {
        net.share(self.basis_points, 10_000)
    }

    /// `15` or `12.5`: the percentage as digits.
    pub fn percent(&self) -> String {
        let (whole, part) = (self.basis_points / 100, self.basis_points % 100);
        let digits = format!("{whole}.{part:02}");
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// All rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct TaxTable(pub Vec<TaxRate>);

impl TaxTable {
    /// The rate of a country on a day; none where no tax of ours applies.
    pub fn on(&self, country: &str, day: Date) -> Option<&TaxRate> {
        self.0.iter().filter(|rate| rate.country == country && rate.from <= day).max_by_key(|rate| rate.from)
    }

    /// The tax on an amount in a country on a day.
    pub fn tax(&self, country: &str, day: Date, net: Money) -> Money {
        self.on(country, day).map_or(Money::zero(net.currency), |rate| rate.of(net))
    }
}

impl Default for TaxTable {
    /// Ecuador's value added tax: 12 %, and 15 % since April 2024. The codes are those of the tax authority's table 17.
    fn default() -> Self {
        let rate = |from, basis_points, code: &str| TaxRate {
            country: "EC".to_owned(),
            name: "IVA".to_owned(),
            from,
            basis_points,
            authority_code: Some(code.to_owned()),
        };
        Self(vec![rate(date(2017, 6, 1), 1_200, "2"), rate(date(2024, 4, 1), 1_500, "4")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecuador_changed_in_april_2024() {
        let table = TaxTable::default();
        let net = Money::usd(10_001);
        assert_eq!(table.tax("EC", date(2024, 3, 31), net).minor, 1_200);
        assert_eq!(table.tax("EC", date(2024, 4, 1), net).minor, 1_500);
        assert_eq!(table.tax("EC", date(2016, 1, 1), net).minor, 0);
        assert_eq!(table.tax("PE", date(2026, 1, 1), net).minor, 0);
    }

    #[test]
    fn percentages_read_as_people_write_them() {
        let mut rate = TaxTable::default().0.remove(1);
        assert_eq!(rate.percent(), "15");
        rate.basis_points = 1_250;
        assert_eq!(rate.percent(), "12.5");
        rate.basis_points = 0;
        assert_eq!(rate.percent(), "0");
    }
}
