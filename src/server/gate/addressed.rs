//! Whether a request names this server. A page of another name that points here (DNS rebinding) is
//! of the same origin for its browser: only the name gives it away.

use crate::server::caller::Local;
use crate::server::fault::Fault;
use crate::settings::ServerSettings;
use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;
use std::net::IpAddr;

/// The name under which a request reached this server, known to be its own.
pub(super) struct OwnHost {
    /// As the request has it.
    pub authority: String,
    /// Whether a proxy stands before it, which may speak TLS.
    pub is_behind_proxy: bool,
}

impl OwnHost {
    /// Whether a web origin is the server's own, under this name.
    pub fn is_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://") == Some(&self.authority)
            || self.is_behind_proxy && origin.strip_prefix("https://") == Some(&self.authority)
    }

    /// The host of a request.
    ///
    /// # Errors
    /// If it names none or several, or somebody else.
    pub fn of(request: &Request, local: Local, settings: &ServerSettings) -> Result<Self, Fault> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(Fault::bad_request("Exactly one Host header is required"));
        };
        let authority = host
            .to_str()
            .ok()
            .filter(|host| !host.contains('@'))
            .and_then(|host| host.parse::<Authority>().ok())
            .ok_or_else(|| Fault::bad_request("The Host header is no name"))?;
        let is_same_in_uri = request
            .uri()
            .authority()
            .is_none_or(|of_uri| of_uri.as_str().eq_ignore_ascii_case(authority.as_str()));
        if !is_same_in_uri || !request.uri().path().starts_with('/') {
            return Err(Fault::bad_request("The address and the Host header differ"));
        }
        let is_behind_proxy = settings
            .hosts
            .iter()
            .any(|own| own.eq_ignore_ascii_case(authority.as_str()));
        if !is_behind_proxy && !is_own_address(&authority, local) {
            return Err(Fault::forbidden(
                "The request names another host than this server.",
                "Use the address that the server printed, or list the name under hosts in its \
                 settings.",
            ));
        }
        Ok(Self {
            authority: authority.as_str().to_ascii_lowercase(),
            is_behind_proxy,
        })
    }
}

fn is_own_address(authority: &Authority, Local(local): Local) -> bool {
    if authority.port_u16().unwrap_or(80) != local.port() {
        return false;
    }
    let own = local.ip().to_canonical();
    let host = authority.host();
    if host.eq_ignore_ascii_case("localhost") {
        return own.is_loopback();
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse::<IpAddr>()
        .is_ok_and(|named| named.to_canonical() == own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;

    fn told(hosts: &[&str], uri: &str) -> Result<bool, StatusCode> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let request = request.body(Body::empty()).unwrap();
        let settings = ServerSettings {
            hosts: vec!["chat.example.org".to_owned()],
            ..ServerSettings::default()
        };
        let local = Local("127.0.0.1:7717".parse().unwrap());
        let own = OwnHost::of(&request, local, &settings);
        own.map(|own| own.is_behind_proxy)
            .map_err(|fault| fault.status())
    }

    #[test]
    fn own_names_pass() {
        for host in ["127.0.0.1:7717", "localhost:7717", "LocalHost:7717"] {
            assert_eq!(told(&[host], "/"), Ok(false), "{host}");
        }
        assert_eq!(told(&["Chat.example.org"], "/"), Ok(true));
        let absolute = "http://127.0.0.1:7717/api/threads";
        assert_eq!(told(&["127.0.0.1:7717"], absolute), Ok(false));
    }

    #[test]
    fn other_names_do_not() {
        for host in [
            "evil.example:7717",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.2:7717",
            "localhost.evil.example:7717",
            "chat.example.org:8080",
            "[::1]:7717",
            "2130706433:7717",
        ] {
            assert_eq!(told(&[host], "/"), Err(StatusCode::FORBIDDEN), "{host}");
        }
    }

    #[test]
    fn what_is_no_name_is_a_bad_request() {
        let own = "127.0.0.1:7717";
        for hosts in [
            &[][..],
            &[own, own],
            &[""],
            &["me@127.0.0.1:7717"],
            &["a b"],
        ] {
            assert_eq!(told(hosts, "/"), Err(StatusCode::BAD_REQUEST), "{hosts:?}");
        }
        let of_another = "http://evil.example/";
        assert_eq!(told(&[own], of_another), Err(StatusCode::BAD_REQUEST));
    }
}
