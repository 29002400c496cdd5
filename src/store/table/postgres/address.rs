//! Where a `PostgreSQL` database is and who asks: an address, the variables that complete it, and a place to show that
//! holds no password.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// How long one attempt to connect may take, where the address does not say.
const CONNECT: Duration = Duration::from_secs(3);
/// A peer that is silent for so long is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(10);
/// Directories in which servers put their sockets, by the packages of most systems and by the server itself.
const SOCKETS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];
/// The port of a server that says nothing else.
const PORT: u16 = 5432;

/// The address of a database. Its debug form hides the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    config: Config,
}

/// Whether a text is meant as an address of a `PostgreSQL` database.
pub fn is_address(text: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
}

impl Address {
    /// Reads an address as libpq does
    /// ([connection URIs](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS)). What it
    /// leaves open is taken from the variables `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE` and `PGPASSWORD`, the password
    /// then from the file that `PGPASSFILE` names, or `~/.pgpass`.
    ///
    /// # Errors
    /// What is wrong with it; never the password.
    pub fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Result<Self, String> {
        // What the library says of a text that it cannot read may repeat it.
        let mut config: Config = text.parse().map_err(|_| {
            "the address cannot be read; it is written as postgresql://user@host:port/database".to_owned()
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err("the address wants TLS, which memtui does not speak; go through a socket or a tunnel \
                        (ssh -L), without sslmode=require"
                .to_owned());
        }
        complete(&mut config, variable);
        if config.get_password().is_none()
            && let Some(password) = password(&config, variable, home)
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.application_name("memtui").keepalives_idle(IDLE).keepalives_interval(IDLE / 2).keepalives_retries(3);
        Ok(Self { config })
    }

    /// [`Address::read`] in the surroundings of this process.
    ///
    /// # Errors
    /// As there.
    pub fn of_process(text: &str) -> Result<Self, String> {
        let home = std::env::home_dir();
        Self::read(text, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()), home.as_deref())
    }

    /// What the library connects with.
    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    /// The database's name.
    pub(super) fn database(&self) -> &str {
        self.config.get_dbname().or_else(|| self.config.get_user()).unwrap_or("postgres")
    }

    /// The address as it may be shown: who, where and which database, never the password.
    pub fn shown(&self) -> PathBuf {
        let user = self.config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
        let hosts: Vec<String> = (self.config.get_hosts().iter().enumerate())
            .map(|(at, host)| match (host, port(&self.config, at)) {
                (Host::Tcp(name), PORT) => name.clone(),
                (Host::Tcp(name), port) => format!("{name}:{port}"),
                (Host::Unix(path), port) => format!("{}:{port}", path.display()),
            })
            .collect();
        format!("postgresql://{user}{}/{}", hosts.join(","), self.database()).into()
    }
}

/// The port of the host at a place: there is one for each, or one for all.
fn port(config: &Config, at: usize) -> u16 {
    let ports = config.get_ports();
    ports.get(at).or_else(|| ports.first()).copied().unwrap_or(PORT)
}

/// Fills in what the address leaves open.
fn complete(config: &mut Config, variable: &dyn Fn(&str) -> Option<String>) {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let socket = || SOCKETS.iter().find(|path| Path::new(path).join(".s.PGSQL.5432").exists());
        let host = variable("PGHOST").or_else(|| socket().map(|path| (*path).to_owned()));
        config.host(host.as_deref().unwrap_or("localhost"));
    }
    if config.get_ports().is_empty()
        && let Some(port) = variable("PGPORT").and_then(|port| port.parse().ok())
    {
        config.port(port);
    }
    if config.get_user().is_none()
        && let Some(user) = variable("PGUSER").or_else(|| variable("USER")).or_else(|| variable("LOGNAME"))
    {
        config.user(&user);
    }
    if config.get_dbname().is_none()
        && let Some(name) = variable("PGDATABASE")
    {
        config.dbname(&name);
    }
}

fn password(config: &Config, variable: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Option<String> {
    if let Some(password) = variable("PGPASSWORD") {
        return Some(password);
    }
    let file = variable("PGPASSFILE").map(PathBuf::from).or_else(|| Some(home?.join(".pgpass")))?;
    // As libpq has it: what others may read is no secret, so it is not used.
    let known = fs::metadata(&file).ok()?;
    if !known.is_file() || known.permissions().mode() & 0o077 != 0 {
        return None;
    }
    let host = match config.get_hosts().first()? {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) if SOCKETS.iter().any(|socket| Path::new(socket) == path) => "localhost".to_owned(),
        Host::Unix(path) => path.display().to_string(),
    };
    let user = config.get_user()?;
    let wanted = [&host, &port(config, 0).to_string(), config.get_dbname().unwrap_or(user), user];
    in_password_file(&fs::read_to_string(&file).ok()?, wanted)
}

/// The password of the first line that fits: `host:port:database:user:password`, `*` for any, `\` before a colon that
/// belongs to a value ([the password file](https://www.postgresql.org/docs/current/libpq-pgpass.html)).
fn in_password_file(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (places, rest) = fields.split_at_checked(wanted.len())?;
        let fits = places.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        rest.first().filter(|_| fits).cloned()
    })
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut letters) = (vec![String::new()], line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ':' => fields.push(String::new()),
            letter => {
                let meant = if letter == '\\' { letters.next().unwrap_or(letter) } else { letter };
                if let Some(last) = fields.last_mut() {
                    last.push(meant);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn read(text: &str) -> Address {
        Address::read(text, &none, None).unwrap()
    }

    #[test]
    fn the_place_shows_everything_but_the_password() {
        for (text, shown) in [
            ("postgresql://me:s3cret@db.example:5433/agents", "postgresql://me@db.example:5433/agents"),
            ("postgres://me@db/agents?password=s3cret", "postgresql://me@db/agents"),
            ("postgresql://me:s3cret@%2Fsrv%2Fpg/agents", "postgresql://me@/srv/pg:5432/agents"),
        ] {
            let address = read(text);
            assert_eq!(address.shown().to_str().unwrap(), shown);
            assert!(!format!("{address:?}").contains("s3cret"));
            assert_eq!(address.config.get_password(), Some(b"s3cret".as_slice()));
        }
        let wrong = Address::read("postgresql://me:s3cret@db:port/agents", &none, None).unwrap_err();
        assert!(!wrong.contains("s3cret"), "{wrong}");
        assert!(Address::read("postgresql://db/x?sslmode=require", &none, None).unwrap_err().contains("TLS"));
    }

    #[test]
    fn what_is_left_open_comes_from_variables_and_the_password_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pass");
        fs::write(&file, "# a comment\nother:*:*:*:wrong\ndb:6000:agents:*:with\\:colon\n*:*:*:*:any\n").unwrap();
        let variable = |name: &str| {
            Some(match name {
                "PGHOST" => "db".to_owned(),
                "PGPORT" => "6000".to_owned(),
                "PGUSER" => "me".to_owned(),
                "PGDATABASE" => "agents".to_owned(),
                "PGPASSFILE" => file.display().to_string(),
                _ => return None,
            })
        };
        let given = || Address::read("postgresql://", &variable, None).unwrap();
        assert_eq!(given().config.get_password(), None, "others may read the file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(given().shown().to_str().unwrap(), "postgresql://me@db:6000/agents");
        assert_eq!(given().config.get_password(), Some(b"with:colon".as_slice()));
        let stronger = |name: &str| if name == "PGPASSWORD" { Some("env".to_owned()) } else { variable(name) };
        let address = Address::read("postgresql://", &stronger, None).unwrap();
        assert_eq!(address.config.get_password(), Some(b"env".as_slice()));
        let address = Address::read("postgresql://x:url@db", &stronger, None).unwrap();
        assert_eq!(address.config.get_password(), Some(b"url".as_slice()));
    }
}
