//! Amounts as integers that carry their scale: never floats.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency that can be charged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Currency {
    #[default]
    Usd,
    Eur,
    Cop,
    Pen,
    Mxn,
    Clp,
}

impl Currency {
    /// ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Cop => "COP",
            Self::Pen => "PEN",
            Self::Mxn => "MXN",
            Self::Clp => "CLP",
        }
    }

    /// Decimal places of the minor unit, as ISO 4217 and the card networks count them.
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Clp => 0,
            Self::Usd | Self::Eur | Self::Cop | Self::Pen | Self::Mxn => 2,
        }
    }

    /// The currency of a code in any case.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Usd, Self::Eur, Self::Cop, Self::Pen, Self::Mxn, Self::Clp]
            .into_iter()
            .find(|currency| currency.code().eq_ignore_ascii_case(code))
    }
}

/// Why two amounts have no sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// They are of two currencies.
    #[error("amounts of different currencies")]
    Currency,
    /// The result is larger than any amount.
    #[error("amount out of range")]
    Range,
}

/// An amount in minor units of its currency (cents of a dollar).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units; negative for what flows back.
    pub minor: i64,
    /// Which also says the scale.
    pub currency: Currency,
}

impl Money {
    /// An amount.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// US dollars from cents.
    pub const fn usd(cents: i64) -> Self {
        Self::new(cents, Currency::Usd)
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currency);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Range)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        let minor = other.minor.checked_neg().ok_or(MoneyError::Range)?;
        self.plus(Self::new(minor, other.currency))
    }

    /// This many times.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::Range)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The part `of` in `total`, rounded half up (away from zero) to the minor unit. A `total` of zero leaves nothing.
    pub fn share(self, of: u32, total: u32) -> Self {
        if total == 0 {
            return Self::zero(self.currency);
        }
        let (product, total) = (i128::from(self.minor) * i128::from(of), i128::from(total));
        let rounded = (product.abs() * 2 + total) / (total * 2) * product.signum();
        let minor = i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX });
        Self::new(minor, self.currency)
    }

    /// As digits with a point: `1234.50`. For documents and providers; people read it through their locale.
    pub fn decimal(self) -> String {
        let digits = usize::try_from(self.currency.decimals()).unwrap_or(0);
        let sign = if self.minor < 0 { "-" } else { "" };
        let units = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, part) = units.split_at(units.len() - digits);
        if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_follow_the_currency() {
        assert_eq!(Money::usd(123_450).decimal(), "1234.50");
        assert_eq!(Money::usd(-5).decimal(), "-0.05");
        assert_eq!(Money::new(1990, Currency::Clp).to_string(), "CLP 1990");
        assert_eq!(Currency::parse("usd"), Some(Currency::Usd));
        assert_eq!(Currency::parse("XXX"), None);
    }

    #[test]
    fn currencies_do_not_mix_and_sums_do_not_wrap() {
        assert_eq!(Money::usd(1).plus(Money::new(1, Currency::Clp)), Err(MoneyError::Currency));
        assert_eq!(Money::usd(i64::MAX).plus(Money::usd(1)), Err(MoneyError::Range));
        assert_eq!(Money::usd(0).minus(Money::usd(i64::MIN)), Err(MoneyError::Range));
        assert_eq!(Money::usd(i64::MAX).times(2), Err(MoneyError::Range));
    }

    #[test]
    fn halves_go_up() {
        assert_eq!(Money::usd(5).share(1, 2).minor, 3);
        assert_eq!(Money::usd(1).share(1, 3).minor, 0);
        assert_eq!(Money::usd(-5).share(1, 2).minor, -3);
        assert_eq!(Money::usd(5).share(1, 0).minor, 0);
    }

    proptest! {
        /// A share is never more than half a minor unit away from the exact part.
        #[test]
        fn shares_are_close(minor in -1_000_000_000i64..1_000_000_000, of in 0u32..400, total in 1u32..400) {
            let share = i128::from(Money::usd(minor).share(of, total).minor);
            let off = share * i128::from(total) - i128::from(minor) * i128::from(of);
            prop_assert!(off.abs() * 2 <= i128::from(total));
        }
    }
}
