//! Sockets on the loopback interface, from several source addresses.
//!
//! One source address has some 28,000 ports, and those of the last scenario are not free at once:
//! connections are spread over twenty addresses, all of which are this machine.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use rustix::process::{Resource, Rlimit};

const SOURCES: usize = 20;

/// How much a socket takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    /// What the kernel thinks best.
    Normal,
    /// Next to nothing. Segments are as short as over Ethernet, too: with those of the loopback
    /// interface, the sender's kernel alone would hold megabytes for a reader that has stopped.
    Small,
}

const SMALL_BUFFER: usize = 2048;
const ETHERNET: u32 = 1460;

/// Begins to connect. The socket is non-blocking and becomes writable once it has connected.
pub fn dial(target: SocketAddr, nth: usize, appetite: Appetite) -> Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)
        .context("opening a socket")?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    if appetite == Appetite::Small {
        sockopt::set_socket_recv_buffer_size(&socket, SMALL_BUFFER)?;
        socket2::SockRef::from(&socket).set_tcp_mss(ETHERNET)?;
    }
    let source = Ipv4Addr::new(127, 0, 0, 2 + (nth % SOURCES) as u8);
    rustix::net::bind(&socket, &SocketAddrV4::new(source, 0)).context("binding a socket")?;
    match rustix::net::connect(&socket, &target) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error).context("connecting"),
    }
}

/// What is read from now on is acknowledged as it is read, on the generator's core.
///
/// A socket that has spoken may wait with acknowledging, in case an answer could take that along.
/// With server and reader on one machine the acknowledgement is then made on the *server's* core,
/// at every second or third message, for up to a microsecond a delivery: and only for those
/// servers whose clients introduce themselves. Over a network it comes from elsewhere.
pub fn acknowledge_promptly(stream: &TcpStream) -> std::io::Result<()> {
    Ok(sockopt::set_tcp_quickack(stream, true)?)
}

/// Cuts a connection off: the other side is told rudely, and no port waits for stragglers.
pub fn cut(stream: TcpStream) {
    sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).ok();
    drop(stream);
}

/// A loopback address that nobody listens on now.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

/// Allows this process, and those it starts, as many files as the system lets it.
pub fn raise_file_limit() -> Result<u64> {
    let Rlimit { maximum, .. } = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    rustix::process::setrlimit(Resource::Nofile, raised).context("raising the limit of files")?;
    Ok(maximum.unwrap_or(u64::MAX))
}
