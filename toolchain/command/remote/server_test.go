package remote

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

const testUser, testPassword = "admin", "correct horse"

// server is an SSH server on loopback that runs commands by /bin/sh and serves SFTP. Like OpenSSH's it accepts only the
// environment variables that it is told to.
type server struct {
	hostKey    ssh.Signer
	clientKey  string       // a private key that may log in
	acceptEnv  string       // a prefix
	refuse     atomic.Int32 // so many connections are closed before the handshake
	dials      atomic.Int32
	open       atomic.Int32  // connections that have logged in and aren't gone
	running    chan struct{} // receives when a command has started
	listener   net.Listener
	authorized ssh.PublicKey
}

func newSigner(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(pem.EncodeToMemory(block))
}

func startServer(t *testing.T) *server {
	t.Helper()
	hostKey, _ := newSigner(t)
	return startServerWith(t, hostKey)
}

func startServerWith(t *testing.T, hostKey ssh.Signer) *server {
	t.Helper()
	t.Setenv("SSH_AUTH_SOCK", "")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{listener: listener, hostKey: hostKey, acceptEnv: "APP_", running: make(chan struct{}, 10)}
	client, text := newSigner(t)
	s.clientKey, s.authorized = text, client.PublicKey()
	t.Cleanup(func() { _ = listener.Close() })
	go s.accept()
	return s
}

// connection is how to reach the server with its host key pinned.
func (s *server) connection() Connection {
	port := float64(s.listener.Addr().(*net.TCPAddr).Port)
	user, hostKey := testUser, string(ssh.MarshalAuthorizedKey(s.hostKey.PublicKey()))
	return Connection{endpoint: endpoint{
		Host: "127.0.0.1", Port: &port, User: &user, PrivateKey: &s.clientKey, HostKey: &hostKey,
	}}
}

func (s *server) config() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		PasswordCallback: func(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if meta.User() != testUser || string(password) != testPassword {
				return nil, errors.New("wrong password")
			}
			return nil, nil
		},
		PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if meta.User() != testUser || string(key.Marshal()) != string(s.authorized.Marshal()) {
				return nil, errors.New("unknown key")
			}
			return nil, nil
		},
	}
	config.AddHostKey(s.hostKey)
	return config
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed at the end of the test
		}
		s.dials.Add(1)
		if s.refuse.Add(-1) >= 0 {
			_ = conn.Close()
			continue
		}
		go s.serve(conn)
	}
}

func (s *server) serve(conn net.Conn) {
	_, channels, requests, err := ssh.NewServerConn(conn, s.config())
	if err != nil {
		_ = conn.Close()
		return
	}
	s.open.Add(1)
	go ssh.DiscardRequests(requests)
	for newChannel := range channels {
		switch newChannel.ChannelType() {
		case "session":
			channel, requests, err := newChannel.Accept()
			if err == nil {
				go s.session(channel, requests)
			}
		case "direct-tcpip":
			go forward(newChannel)
		default:
			_ = newChannel.Reject(ssh.UnknownChannelType, "")
		}
	}
	s.open.Add(-1)
}

func (s *server) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	var env []string
	// A command that still runs when its session is gone is killed.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for request := range requests {
		var payload struct{ Name, Value string }
		ok := true
		switch request.Type {
		case "env":
			ok = ssh.Unmarshal(request.Payload, &payload) == nil && strings.HasPrefix(payload.Name, s.acceptEnv)
			if ok {
				env = append(env, payload.Name+"="+payload.Value)
			}
		case "exec":
			var command struct{ Line string }
			ok = ssh.Unmarshal(request.Payload, &command) == nil
			if ok {
				go s.run(ctx, channel, command.Line, env)
			}
		case "subsystem":
			go serveFiles(channel)
		}
		_ = request.Reply(ok, nil)
	}
}

func (s *server) run(ctx context.Context, channel ssh.Channel, line string, env []string) {
	defer channel.Close() //nolint:errcheck
	command := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	command.Env = append([]string{"PATH=/usr/bin:/bin"}, env...)
	command.Stdout, command.Stderr = channel, channel.Stderr()
	stdin, err := command.StdinPipe()
	if err != nil {
		return
	}
	if err := command.Start(); err != nil {
		return
	}
	var input sync.WaitGroup
	input.Go(func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	})
	s.running <- struct{}{}
	err = command.Wait()
	status := struct{ Code uint32 }{}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status.Code = uint32(exit.ExitCode())
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
}

func serveFiles(channel ssh.Channel) {
	files, err := sftp.NewServer(channel)
	if err == nil {
		_ = files.Serve()
	}
	_ = channel.Close()
}

func forward(newChannel ssh.NewChannel) {
	var target struct {
		Host       string
		Port       uint32
		Origin     string
		OriginPort uint32
	}
	if err := ssh.Unmarshal(newChannel.ExtraData(), &target); err != nil {
		_ = newChannel.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	conn, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.ParseIP(target.Host), Port: int(target.Port)})
	if err != nil {
		_ = newChannel.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := newChannel.Accept()
	if err != nil {
		_ = conn.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	go func() {
		_, _ = io.Copy(channel, conn)
		_ = channel.Close()
	}()
	_, _ = io.Copy(conn, channel)
	_ = conn.Close()
}
