//! Where a database is: what was typed, and how it is told without its password.

use std::fmt;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::store::StoreError;

/// The address of a database, from a URL such as `postgres://user@host:5432/city`.
#[derive(Clone)]
pub struct Address {
    options: PgConnectOptions,
    shown: String,
}

impl Address {
    /// Whether a text means a database and no file.
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// The address of a URL. What it does not say is taken as `psql` takes it (`PGPASSWORD`, `.pgpass`).
    pub fn parse(url: &str) -> Result<Address, StoreError> {
        // What the parser says may hold the password.
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::BadUrl {})?;
        let options = options.application_name("firemap").disable_statement_logging();
        let database = options.get_database().unwrap_or(options.get_username());
        let place = match options.get_socket() {
            Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let shown = format!("postgres://{}@{place}/{database}", options.get_username());
        Ok(Address { options, shown })
    }

    /// How it is connected to.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        let address = Address::parse("postgres://writer:s3cret@db.town:5433/city?sslmode=disable").unwrap();
        assert_eq!(address.to_string(), "postgres://writer@db.town:5433/city");
        assert!(!format!("{address:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_told() {
        let error = Address::parse("postgres://writer:s3cret@db.town:70000000/city").unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn a_file_is_no_database() {
        assert!(Address::is_meant_by("postgresql:///city"));
        assert!(!Address::is_meant_by("postgres.gpkg"));
    }
}
