// A relying party made of openid-client: every verb is a call or two of that library, with its strictest settings.

import { createInterface } from 'node:readline'
import * as oidc from 'openid-client'

const TIMEOUT_SECONDS = 10

const privateKey = async ({ kid, alg, ...jwk }) => ({
  key: await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']),
  kid,
})

const authentications = {
  none: () => oidc.None(),
  client_secret_basic: (client) => oidc.ClientSecretBasic(client.client_secret),
  client_secret_post: (client) => oidc.ClientSecretPost(client.client_secret),
  private_key_jwt: async (client) => oidc.PrivateKeyJwt(await privateKey(client.private_key)),
}

// Discovery, with the signatures of ID tokens verified even where TLS would vouch for them.
const configure = async (issuer, client) =>
  oidc.discovery(
    new URL(issuer),
    client.client_id,
    { id_token_signed_response_alg: client.id_token_signed_response_alg },
    await authentications[client.token_endpoint_auth_method](client),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks], timeout: TIMEOUT_SECONDS },
  )

const redeem = async (config, response, { state, nonce, code_verifier }) => {
  const tokens = await oidc.authorizationCodeGrant(config, response, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: code_verifier ?? undefined,
    idTokenExpected: true,
  })
  return { tokens, claims: tokens.claims() }
}

const verbs = {
  authorization_url: async (config, { redirect_uri, scope, extra }, client) => {
    const session = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      code_verifier: client.pkce ? oidc.randomPKCECodeVerifier() : null,
    }
    const challenge = client.pkce && {
      code_challenge: await oidc.calculatePKCECodeChallenge(session.code_verifier),
      code_challenge_method: 'S256',
    }
    const { state, nonce } = session
    const parameters = { redirect_uri, scope, state, nonce, ...challenge, ...extra }
    return { ...session, url: oidc.buildAuthorizationUrl(config, parameters).href }
  },
  redeem: (config, { callback, ...session }) => redeem(config, new URL(callback), session),
  redeem_form_post: (config, { callback, fields, ...session }) =>
    redeem(config, new Request(callback, { method: 'POST', body: new URLSearchParams(fields) }), session),
  userinfo: (config, { access_token, subject }) => oidc.fetchUserInfo(config, access_token, subject),
  refresh: async (config, { refresh_token }) => ({ tokens: await oidc.refreshTokenGrant(config, refresh_token) }),
  introspect: (config, { token }) => oidc.tokenIntrospection(config, token),
  revoke: async (config, { token }) => (await oidc.tokenRevocation(config, token)) ?? null,
  client_credentials: (config, { scope }) => oidc.clientCredentialsGrant(config, { scope }),
  logout_url: (config, { id_token, post_logout_redirect_uri, state }) =>
    oidc.buildEndSessionUrl(config, { id_token_hint: id_token, post_logout_redirect_uri, state }).href,
}

const PLANE_ERRORS = [oidc.ResponseBodyError, oidc.AuthorizationResponseError]

const refusal = async (error) => {
  if (error instanceof oidc.WWWAuthenticateChallengeError) {
    return { by: 'plane', error: (await error.response.json()).error, message: error.message }
  }
  if (PLANE_ERRORS.some((kind) => error instanceof kind)) {
    return { by: 'plane', error: error.error, message: error.message }
  }
  // The reason stands at the end of the chain of causes, with the claim or parameter that is wrong.
  const reasons = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message)
  return { by: 'library', error: reasons.join(': '), message: error.stack }
}

const answer = async ({ verb, issuer, client, args }) => {
  try {
    return { result: await verbs[verb](await configure(issuer, client), args, client) }
  } catch (error) {
    return { refused: await refusal(error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))))
}
