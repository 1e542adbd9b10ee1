//! Whether a request comes from a page of this server, in a browser on this machine.
//!
//! A name that was bent to this machine (DNS rebinding) is told by the host it asks for, a strange page by its origin
//! and by the header that neither a form nor a plain link can send, a proxy by what it adds.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

/// Headers by which a proxy tells for whom it asks.
const OF_PROXIES: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Whether a request comes from a page of this server on this machine. One that changes something must say so by
/// `own_header`.
pub fn is_here(parts: &Parts, own_header: &str) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    is_ours(peer, authority.as_deref(), &parts.headers, &parts.method, own_header)
}

/// `authority` is that of HTTP/2.
fn is_ours(
    peer: Option<IpAddr>,
    authority: Option<&str>,
    headers: &HeaderMap,
    method: &Method,
    own_header: &str,
) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    if !peer.is_some_and(|peer| peer.to_canonical().is_loopback()) || OF_PROXIES.iter().any(|name| text(name).is_some())
    {
        return false;
    }
    // Of two hosts the stricter view: both must be this machine.
    let hosts: Vec<&str> = authority.into_iter().chain(text(header::HOST.as_str())).collect();
    let Some(host) = hosts.first().filter(|_| hosts.iter().all(|host| is_loopback(host))) else { return false };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let same_origin = match text(header::ORIGIN.as_str()) {
        Some(origin) => {
            let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
        }
        None => true,
    };
    let same_site = match text("sec-fetch-site") {
        Some("same-origin") | None => true,
        // Typed into the address bar.
        Some("none") => reads,
        Some(_) => false,
    };
    same_origin && same_site && (reads || text(own_header).is_some())
}

/// Whether the host of a request, with or without a port, is this machine by a name that no server of names can bend.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    match name.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_HEADER: &str = "x-firemap-import";

    fn asked(peer: &str, method: Method, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_ours(Some(peer.parse().unwrap()), None, &headers, &method, OWN_HEADER)
    }

    #[test]
    fn a_page_of_this_server_on_this_machine_may() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.3.2.1"] {
            let origin = format!("http://{host}");
            let headers = [("host", host), ("origin", &*origin), ("sec-fetch-site", "same-origin"), (OWN_HEADER, "1")];
            assert!(asked("127.0.0.1", Method::POST, &headers), "{host}");
        }
        assert!(asked("::ffff:127.0.0.1", Method::GET, &[("host", "127.0.0.1")]));
        assert!(asked("::1", Method::GET, &[("host", "[::1]:80"), ("sec-fetch-site", "none")]));
    }

    #[test]
    fn nobody_else_may() {
        let post = |headers: &[(&'static str, &str)]| asked("127.0.0.1", Method::POST, headers);
        let own = (OWN_HEADER, "1");
        assert!(post(&[("host", "localhost"), own]), "what follows each breaks one thing");
        assert!(!asked("192.0.2.7", Method::POST, &[("host", "localhost"), own]), "another machine");
        assert!(!is_ours(None, None, &HeaderMap::new(), &Method::GET, OWN_HEADER), "nobody knows who");
        assert!(!post(&[own]), "no host");
        for host in ["map.test", "127.0.0.1.map.test", "localhost.map.test", "192.0.2.7:8080", "0.0.0.0", "[::2]", ""] {
            assert!(!post(&[("host", host), own]), "{host}");
        }
        assert!(!post(&[("host", "localhost")]), "a form");
        for origin in ["http://map.test", "null", "http://localhost:81", "file://", "http://127.0.0.1"] {
            assert!(!post(&[("host", "localhost"), ("origin", origin), own]), "{origin}");
        }
        for site in ["cross-site", "same-site", "none"] {
            assert!(!post(&[("host", "localhost"), ("sec-fetch-site", site), own]), "{site}");
        }
        for proxy in OF_PROXIES {
            assert!(!post(&[("host", "localhost"), (proxy, "x"), own]), "{proxy}");
        }
        let both = [("host", "map.test"), own];
        let headers = both.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let peer = Some("::1".parse().unwrap());
        assert!(!is_ours(peer, Some("localhost"), &headers, &Method::POST, OWN_HEADER), "two hosts");
    }
}
