package main

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const urn = resource.URN("urn:pulumi:stack::project::command:remote:Command::name")

func start(t *testing.T) integration.Server {
	t.Helper()
	prov, err := provider()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), name, semver.MustParse(version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// inputs are those of a command on a port where nothing listens: whoever dials fails.
func inputs(t *testing.T, more map[string]property.Value) property.Map {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck
	values := map[string]property.Value{
		"connection": property.New(map[string]property.Value{
			"host":           property.New("127.0.0.1"),
			"port":           property.New(float64(listener.Addr().(*net.TCPAddr).Port)),
			"dialErrorLimit": property.New(-1.0),
		}).WithSecret(true),
		"create": property.New("true"),
	}
	for key, value := range more {
		values[key] = value
	}
	return property.NewMap(values)
}

func TestSchemaHasThePublishedNames(t *testing.T) {
	response, err := start(t).GetSchema(p.GetSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties      map[string]struct{ Secret, ReplaceOnChanges bool }
		InputProperties map[string]any
		RequiredInputs  []string
		Enum            []struct{ Value string }
	}
	var schema struct {
		Name, Version, License, PluginDownloadURL string
		Types, Resources                          map[string]object
	}
	if err := json.Unmarshal([]byte(response.Schema), &schema); err != nil {
		t.Fatal(err)
	}
	if got := schema.Name + " " + schema.Version + " " + schema.License; got != "command 1.2.1 Apache-2.0" {
		t.Errorf("schema is of %s", got)
	}
	if schema.PluginDownloadURL != "" {
		t.Errorf("pluginDownloadURL is %s", schema.PluginDownloadURL)
	}
	const login = "agentSocketPath dialErrorLimit host hostKey password perDialTimeout port privateKey " +
		"privateKeyPassword user"
	for token, want := range map[string]string{
		"command:remote:Connection":      login + " proxy",
		"command:remote:ProxyConnection": login,
		"command:remote:Command": "addPreviousOutputInEnv connection create delete environment logging stderr stdin " +
			"stdout triggers update",
		"command:remote:CopyToRemote": "connection remotePath source triggers",
	} {
		found, isType := schema.Types[token]
		if !isType {
			found = schema.Resources[token]
			if !found.Properties["connection"].Secret || !found.Properties["triggers"].ReplaceOnChanges {
				t.Errorf("%s: connection must be secret and triggers must replace", token)
			}
		}
		names := strings.Fields(want)
		if len(found.Properties) != len(names) {
			t.Errorf("%s has %d properties, want %d", token, len(found.Properties), len(names))
		}
		for _, name := range names {
			if _, ok := found.Properties[name]; !ok {
				t.Errorf("%s lacks %s", token, name)
			}
		}
	}
	if values := schema.Types["command:remote:Logging"].Enum; len(values) != 4 {
		t.Errorf("Logging has the values %v", values)
	}
}

func TestDefaultsAreFilledIn(t *testing.T) {
	response, err := start(t).Check(p.CheckRequest{Urn: urn, Inputs: property.NewMap(map[string]property.Value{
		"connection": property.New(map[string]property.Value{"host": property.New("h")}),
	})})
	if err != nil || len(response.Failures) > 0 {
		t.Fatal(err, response.Failures)
	}
	if !response.Inputs.Get("addPreviousOutputInEnv").AsBool() {
		t.Error("addPreviousOutputInEnv isn't true")
	}
	if !response.Inputs.Get("connection").Secret() {
		t.Error("connection isn't secret")
	}
	connection := response.Inputs.Get("connection").AsMap()
	for key, want := range map[string]property.Value{
		"user": property.New("root"), "port": property.New(22.0),
		"dialErrorLimit": property.New(10.0), "perDialTimeout": property.New(15.0),
	} {
		if got := connection.Get(key); !got.Equals(want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

func TestPreviewRunsNothingAndOutputsAreUnknown(t *testing.T) {
	response, err := start(t).Create(p.CreateRequest{Urn: urn, DryRun: true, Properties: inputs(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"stdout", "stderr"} {
		if !response.Properties.Get(key).IsComputed() {
			t.Errorf("%s is %v, want unknown", key, response.Properties.Get(key))
		}
	}
}

// An element of triggers that changes is shown as an update: the SDK, which is made from the schema, has the engine
// replace for it (replaceOnChanges "triggers[*]").
func TestAnyChangedInputIsSeenAndOnlyTriggersReplace(t *testing.T) {
	server := start(t)
	list := func(text string) property.Value { return property.New([]property.Value{property.New(text)}) }
	before := inputs(t, map[string]property.Value{
		"delete": property.New("old"), "stdin": property.New("old"),
	})
	state := before.Set("stdout", property.New("")).Set("stderr", property.New(""))
	for key, changed := range map[string]property.Value{
		"triggers": list("1"), "delete": property.New("new"), "stdin": property.New("new"), "create": property.New("new"),
		"connection": property.New(map[string]property.Value{"host": property.New("other")}).WithSecret(true),
	} {
		diff, err := server.Diff(p.DiffRequest{
			ID: "id", Urn: urn, State: state, OldInputs: before, Inputs: before.Set(key, changed),
		})
		if err != nil {
			t.Fatal(err)
		}
		replaced := false
		for _, one := range diff.DetailedDiff {
			replaced = replaced || one.Kind == p.UpdateReplace || one.Kind == p.AddReplace || one.Kind == p.DeleteReplace
		}
		if !diff.HasChanges || replaced != (key == "triggers") {
			t.Errorf("%s: changes %v, replaced %v: %v", key, diff.HasChanges, replaced, diff.DetailedDiff)
		}
	}
	triggered := func(text string) property.Map { return before.Set("triggers", list(text)) }
	element, err := server.Diff(p.DiffRequest{
		ID: "id", Urn: urn, State: state.Set("triggers", list("1")), OldInputs: triggered("1"), Inputs: triggered("2"),
	})
	if _, seen := element.DetailedDiff["triggers[0]"]; err != nil || !seen {
		t.Errorf("a changed trigger isn't seen: %v %v", element.DetailedDiff, err)
	}
	same, err := server.Diff(p.DiffRequest{ID: "id", Urn: urn, State: state, OldInputs: before, Inputs: before})
	if err != nil || same.HasChanges {
		t.Errorf("the same inputs differ: %v %v", same.DetailedDiff, err)
	}
}

// Both of the engine's ways to end a step reach one that dials without limit.
func TestCancelAndTimeoutEndTheStep(t *testing.T) {
	t.Run("timeout", func(t *testing.T) {
		_, err := start(t).Create(p.CreateRequest{Urn: urn, Properties: inputs(t, nil), Timeout: 0.5})
		if err == nil || !strings.Contains(err.Error(), "customTimeouts") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		server, ended := start(t), make(chan error, 1)
		accepted, properties := silent(t)
		go func() {
			_, err := server.Create(p.CreateRequest{Urn: urn, Properties: properties})
			ended <- err
		}()
		<-accepted
		if err := server.Cancel(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), "cancelled") {
				t.Errorf("error is %v", err)
			}
		case <-ctx.Done():
			t.Error("still running 10 s after the cancellation")
		}
	})
}

// silent gives the inputs of a command on a server that never speaks, and says when it was dialled.
func silent(t *testing.T) (<-chan struct{}, property.Map) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	accepted := make(chan struct{}, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			accepted <- struct{}{}
			<-t.Context().Done()
			_ = conn.Close()
		}
	}()
	return accepted, inputs(t, map[string]property.Value{
		"connection": property.New(map[string]property.Value{
			"host": property.New("127.0.0.1"),
			"port": property.New(float64(listener.Addr().(*net.TCPAddr).Port)),
		}),
	})
}
