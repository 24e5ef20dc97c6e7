package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type registration struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AuthMethod   string `json:"token_endpoint_auth_method"`
	IDTokenAlg   string `json:"id_token_signed_response_alg"`
	PKCE         bool   `json:"pkce"`
}

type arguments struct {
	RedirectURI  string            `json:"redirect_uri"`
	Scope        string            `json:"scope"`
	Extra        map[string]string `json:"extra"`
	Callback     string            `json:"callback"`
	State        string            `json:"state"`
	Nonce        string            `json:"nonce"`
	CodeVerifier string            `json:"code_verifier"`
	AccessToken  string            `json:"access_token"`
	Subject      string            `json:"subject"`
	RefreshToken string            `json:"refresh_token"`
	Token        string            `json:"token"`
}

type party struct {
	provider *oidc.Provider
	client   registration
}

// authStyles say it outright: without a style x/oauth2 would try both.
var authStyles = map[string]oauth2.AuthStyle{
	"none":                oauth2.AuthStyleInParams,
	"client_secret_basic": oauth2.AuthStyleInHeader,
	"client_secret_post":  oauth2.AuthStyleInParams,
}

func (p party) config(redirectURI string, scope string) oauth2.Config {
	endpoint := p.provider.Endpoint()
	endpoint.AuthStyle = authStyles[p.client.AuthMethod]
	return oauth2.Config{
		ClientID:     p.client.ClientID,
		ClientSecret: p.client.ClientSecret,
		Endpoint:     endpoint,
		RedirectURL:  redirectURI,
		Scopes:       strings.Fields(scope),
	}
}

func (p party) authorizationURL(_ context.Context, args arguments) (any, error) {
	state, nonce := rand.Text(), rand.Text()
	options := []oauth2.AuthCodeOption{oidc.Nonce(nonce)}
	for name, value := range args.Extra {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	session := map[string]any{"state": state, "nonce": nonce, "code_verifier": nil}
	if p.client.PKCE {
		verifier := oauth2.GenerateVerifier()
		session["code_verifier"] = verifier
		options = append(options, oauth2.S256ChallengeOption(verifier))
	}
	config := p.config(args.RedirectURI, args.Scope)
	session["url"] = config.AuthCodeURL(state, options...)
	return session, nil
}

func (p party) redeem(ctx context.Context, args arguments) (any, error) {
	callback, err := url.Parse(args.Callback)
	if err != nil {
		return nil, err
	}
	response := callback.Query()
	callback.RawQuery = ""
	// go-oidc leaves state, nonce and the error response to the relying party, as its examples show.
	if response.Get("state") != args.State {
		return nil, errors.New("state did not match")
	}
	if code := response.Get("error"); code != "" {
		return nil, planeError{code, response.Get("error_description")}
	}
	var options []oauth2.AuthCodeOption
	if args.CodeVerifier != "" {
		options = append(options, oauth2.VerifierOption(args.CodeVerifier))
	}
	config := p.config(callback.String(), "")
	token, err := config.Exchange(ctx, response.Get("code"), options...)
	if err != nil {
		return nil, err
	}
	claims, err := p.verify(ctx, token, args.Nonce)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tokens": members(token), "claims": claims}, nil
}

func (p party) verify(ctx context.Context, token *oauth2.Token, nonce string) (map[string]any, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("no ID token")
	}
	idToken, err := p.provider.VerifierContext(ctx, &oidc.Config{
		ClientID:             p.client.ClientID,
		SupportedSigningAlgs: []string{p.client.IDTokenAlg},
	}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != nonce {
		return nil, errors.New("nonce did not match")
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, err
	}
	var claims map[string]any
	err = idToken.Claims(&claims)
	return claims, err
}

func members(token *oauth2.Token) map[string]any {
	return map[string]any{
		"access_token":  token.AccessToken,
		"token_type":    token.TokenType,
		"refresh_token": token.RefreshToken,
		"id_token":      token.Extra("id_token"),
		"scope":         token.Extra("scope"),
		"expires_in":    token.Extra("expires_in"),
	}
}

func (p party) userinfo(ctx context.Context, args arguments) (any, error) {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: args.AccessToken})
	info, err := p.provider.UserInfo(ctx, source)
	if err != nil {
		return nil, err
	}
	if info.Subject != args.Subject { // OpenID Connect Core 5.3.2 leaves this to the relying party.
		return nil, errors.New("sub did not match")
	}
	var claims map[string]any
	err = info.Claims(&claims)
	return claims, err
}

func (p party) refresh(ctx context.Context, args arguments) (any, error) {
	config := p.config("", "")
	token, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: args.RefreshToken}).Token()
	if err != nil {
		return nil, err
	}
	return map[string]any{"tokens": members(token)}, nil
}

func (p party) clientCredentials(ctx context.Context, args arguments) (any, error) {
	config := clientcredentials.Config{
		ClientID:     p.client.ClientID,
		ClientSecret: p.client.ClientSecret,
		TokenURL:     p.provider.Endpoint().TokenURL,
		Scopes:       strings.Fields(args.Scope),
		AuthStyle:    authStyles[p.client.AuthMethod],
	}
	token, err := config.Token(ctx)
	if err != nil {
		return nil, err
	}
	return members(token), nil
}
