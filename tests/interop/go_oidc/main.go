// A relying party made of go-oidc and golang.org/x/oauth2 that speaks the line protocol of library.py.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const timeout = 10 * time.Second

type question struct {
	Verb   string       `json:"verb"`
	Issuer string       `json:"issuer"`
	Client registration `json:"client"`
	Args   arguments    `json:"args"`
}

var verbs = map[string]func(party, context.Context, arguments) (any, error){
	"authorization_url":  party.authorizationURL,
	"redeem":             party.redeem,
	"userinfo":           party.userinfo,
	"refresh":            party.refresh,
	"introspect":         party.introspect,
	"revoke":             party.revoke,
	"client_credentials": party.clientCredentials,
}

func ask(q question) (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, q.Issuer)
	if err != nil {
		return nil, err
	}
	return verbs[q.Verb](party{provider, q.Client}, ctx, q.Args)
}

func refusal(err error) map[string]string {
	var retrieval *oauth2.RetrieveError
	if errors.As(err, &retrieval) {
		return map[string]string{"by": "plane", "error": retrieval.ErrorCode, "message": err.Error()}
	}
	var problem planeError
	if errors.As(err, &problem) {
		return map[string]string{"by": "plane", "error": problem.code, "message": err.Error()}
	}
	return map[string]string{"by": "library", "error": err.Error(), "message": err.Error()}
}

func main() {
	questions := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := questions.ReadBytes('\n')
		if err != nil {
			return
		}
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			panic(err)
		}
		result, err := ask(q)
		if err != nil {
			answers.Encode(map[string]any{"refused": refusal(err)})
			continue
		}
		answers.Encode(map[string]any{"result": result})
	}
}
