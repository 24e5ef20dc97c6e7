package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// planeError is an OAuth error that the plane answered with.
type planeError struct{ code, description string }

func (e planeError) Error() string { return e.code + ": " + e.description }

// Introspection and revocation, which the libraries do not have, as plain requests.

func (p party) introspect(ctx context.Context, args arguments) (any, error) {
	var answer map[string]any
	err := p.post(ctx, "introspection_endpoint", args.Token, &answer)
	return answer, err
}

func (p party) revoke(ctx context.Context, args arguments) (any, error) {
	return nil, p.post(ctx, "revocation_endpoint", args.Token, nil)
}

func (p party) post(ctx context.Context, endpoint string, token string, answer any) error {
	var metadata map[string]any
	if err := p.provider.Claims(&metadata); err != nil {
		return err
	}
	form := url.Values{"token": {token}}
	if authStyles[p.client.AuthMethod] == oauth2.AuthStyleInParams {
		form.Set("client_id", p.client.ClientID)
	}
	if p.client.AuthMethod == "client_secret_post" {
		form.Set("client_secret", p.client.ClientSecret)
	}
	request, err := http.NewRequestWithContext(
		ctx, http.MethodPost, metadata[endpoint].(string), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.client.AuthMethod == "client_secret_basic" {
		request.SetBasicAuth(url.QueryEscape(p.client.ClientID), url.QueryEscape(p.client.ClientSecret))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		var problem struct {
			Error            string `json:"error"`
			ErrorDescription string `json:"error_description"`
		}
		if err := json.Unmarshal(body, &problem); err != nil {
			return fmt.Errorf("%s: %s", response.Status, body)
		}
		return planeError{problem.Error, problem.ErrorDescription}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(body, answer)
}
