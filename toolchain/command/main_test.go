package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
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

// Of the published plugin's schema testdata has all but the descriptions: a default or a secret that one of the two has
// and the other hasn't is a change to the engine, so a state made with one would show updates with the other.
func TestSchemaIsThePublishedOne(t *testing.T) {
	response, err := start(t).GetSchema(p.GetSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	type parts struct{ Types, Resources map[string]any }
	var own, published parts
	var about struct{ Name, Version, License, PluginDownloadURL string }
	recorded, err := os.ReadFile("testdata/published.json")
	if err := errors.Join(err, json.Unmarshal(recorded, &published), json.Unmarshal([]byte(response.Schema), &own),
		json.Unmarshal([]byte(response.Schema), &about)); err != nil {
		t.Fatal(err)
	}
	if got := about.Name + " " + about.Version + " " + about.License; got != "command 1.2.1 Apache-2.0" {
		t.Errorf("schema is of %s", got)
	}
	if about.PluginDownloadURL != "" {
		t.Errorf("pluginDownloadURL is %s", about.PluginDownloadURL)
	}
	compare := func(own, published map[string]any) {
		if got, want := slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(published)); !slices.Equal(got, want) {
			t.Errorf("there are %v, want %v", got, want)
		}
		for token, want := range published {
			if got := described(own[token]); got != described(want) {
				t.Errorf("%s is\n%s\npublished is\n%s", token, got, described(want))
			}
		}
	}
	compare(own.Types, published.Types)
	compare(own.Resources, published.Resources)
}

// described writes a part of a schema down, without descriptions and whatever the order of what is required.
func described(part any) string {
	switch part := part.(type) {
	case map[string]any:
		lines := make([]string, 0, len(part))
		for _, key := range slices.Sorted(maps.Keys(part)) {
			if key != "description" {
				lines = append(lines, key+": "+described(part[key]))
			}
		}
		return "{" + strings.Join(lines, ", ") + "}"
	case []any:
		items := make([]string, 0, len(part))
		for _, item := range part {
			items = append(items, described(item))
		}
		slices.Sort(items)
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return fmt.Sprint(part)
	}
}

func TestDefaultsAndSecretsAreThePublishedOnes(t *testing.T) {
	login := map[string]property.Value{
		"host": property.New("h"), "password": property.New("p"), "privateKey": property.New("k"),
		"privateKeyPassword": property.New("kp"),
	}
	through := property.NewMap(login).Set("proxy", property.New(login))
	response, err := start(t).Check(p.CheckRequest{Urn: urn, Inputs: property.NewMap(map[string]property.Value{
		"connection": property.New(through),
	})})
	if err != nil || len(response.Failures) > 0 {
		t.Fatal(err, response.Failures)
	}
	if got := response.Inputs.Get("addPreviousOutputInEnv"); !got.IsNull() {
		t.Errorf("addPreviousOutputInEnv is %v, want nothing", got)
	}
	if !response.Inputs.Get("connection").Secret() {
		t.Error("connection isn't secret")
	}
	connection := response.Inputs.Get("connection").AsMap()
	for where, endpoint := range map[string]property.Map{
		"connection": connection, "proxy": connection.Get("proxy").AsMap(),
	} {
		for key, want := range map[string]property.Value{
			"user": property.New("root"), "port": property.New(22.0),
			"dialErrorLimit": property.New(10.0), "perDialTimeout": property.New(15.0),
			"password": property.New("p").WithSecret(true), "privateKey": property.New("k").WithSecret(true),
			"privateKeyPassword": property.New("kp").WithSecret(true), "host": property.New("h"),
		} {
			if got := endpoint.Get(key); !got.Equals(want) {
				t.Errorf("%s of %s is %v, want %v", key, where, got, want)
			}
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

// Both of the engine's ways to end a step reach one that dials without limit, between two dials.
func TestCancelAndTimeoutEndTheStep(t *testing.T) {
	t.Run("timeout", func(t *testing.T) {
		_, err := start(t).Create(p.CreateRequest{Urn: urn, Properties: inputs(t, nil), Timeout: 0.5})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		server, ended := start(t), make(chan error, 1)
		dialled, properties := hangsUp(t)
		go func() {
			_, err := server.Create(p.CreateRequest{Urn: urn, Properties: properties})
			ended <- err
		}()
		<-dialled
		if err := server.Cancel(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("still running 10 s after the cancellation")
		}
	})
}

// hangsUp gives the inputs of a command on a server that hangs up on each dial, and says when it was dialled.
func hangsUp(t *testing.T) (<-chan struct{}, property.Map) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	dialled := make(chan struct{}, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			select {
			case dialled <- struct{}{}:
			default:
			}
		}
	}()
	return dialled, inputs(t, map[string]property.Value{
		"connection": property.New(map[string]property.Value{
			"host":           property.New("127.0.0.1"),
			"port":           property.New(float64(listener.Addr().(*net.TCPAddr).Port)),
			"dialErrorLimit": property.New(-1.0),
		}),
	})
}
