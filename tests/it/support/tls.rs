//! An https endpoint with a certificate of its own making (tests/it/support/tls, valid for a hundred
//! years, made with openssl; the key protects nothing).

use std::sync::Arc;
use std::sync::mpsc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Starts an endpoint that answers 204 to https; returns its port.
pub(crate) fn accepting() -> u16 {
    answering(b"HTTP/1.1 204 No Content\r\n\r\n").0
}

/// Starts an endpoint that gives that answer to https and, as Go's servers do, 400 to http, until the test's
/// process ends; returns its port and the requests.
pub(crate) fn answering(answer: &'static [u8]) -> (u16, mpsc::Receiver<Vec<u8>>) {
    let own = [&include_bytes!("tls/certificate.pem")[..], include_bytes!("tls/key.pem")];
    serving(acceptor(own), answer)
}

/// The same as `accepting` with another certificate.
#[cfg(target_os = "linux")]
pub(crate) fn accepting_with(certificate: &std::path::Path, key: &std::path::Path) -> u16 {
    let [certificate, key] = [certificate, key].map(|file| std::fs::read(file).unwrap());
    serving(acceptor([&certificate, &key]), b"HTTP/1.1 204 No Content\r\n\r\n").0
}

fn serving(acceptor: TlsAcceptor, answer: &'static [u8]) -> (u16, mpsc::Receiver<Vec<u8>>) {
    let (tell, told) = mpsc::channel();
    let (keep, requests) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(acceptor.clone(), stream, answer, keep.clone()));
            }
        });
    });
    (told.recv().unwrap(), requests)
}

fn acceptor([certificate, key]: [&[u8]; 2]) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(certificate);
    let key = PrivateKeyDer::from_pem_slice(key);
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap()], key.unwrap())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A client that speaks no TLS, or does not trust the certificate, is its own fault.
async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    answer: &[u8],
    requests: mpsc::Sender<Vec<u8>>,
) {
    let mut first = [0];
    if stream.peek(&mut first).await.is_ok() && first != [0x16] {
        return refuse_http(stream).await;
    }
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut buffer = vec![0; 64 * 1024];
    if let Ok(length) = stream.read(&mut buffer).await {
        let _ = requests.send(buffer[..length].to_vec());
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    }
}

async fn refuse_http(mut stream: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    let _ = stream.read(&mut buffer).await;
    let answer =
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let _ = stream.write_all(answer).await;
}
