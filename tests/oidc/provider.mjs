// A real provider of OpenID Connect for the tests: provider.mjs PORT REDIRECT. Whoever logs in as "ada" is in two
// groups, anybody else in none.
import Provider from 'oidc-provider'

const [port, redirect] = process.argv.slice(2)
const groups = { ada: ['ops', 'chiefs'], eve: ['strangers'] }
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'beffroi',
    client_secret: 'a secret for the tests of beffroi',
    redirect_uris: [redirect],
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  claims: { openid: ['sub'], profile: ['name', 'groups'] },
  pkce: { required: () => true },
  findAccount: async (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: `Person ${id}`, groups: groups[id] ?? [] }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
