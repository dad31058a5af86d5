#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// OpenSSL offers these as macros, which Swift does not see. Each is named like its macro.

static inline int copenssl_SSL_CTX_set_proto_versions(SSL_CTX *context, int minimum, int maximum) {
  return SSL_CTX_set_min_proto_version(context, minimum) && SSL_CTX_set_max_proto_version(context, maximum);
}
static inline int copenssl_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *list) {
  return (int)SSL_CTX_set1_groups_list(context, list);
}
static inline int copenssl_SSL_set1_groups_list(SSL *ssl, const char *list) {
  return (int)SSL_set1_groups_list(ssl, list);
}
// The algorithms of the handshake's signatures: both what this side takes and what a client's certificate may use.
static inline int copenssl_SSL_CTX_set1_sigalgs_lists(SSL_CTX *context, const char *list) {
  return SSL_CTX_set1_sigalgs_list(context, list) && SSL_CTX_set1_client_sigalgs_list(context, list);
}
static inline void copenssl_SSL_CTX_set_session_cache_mode(SSL_CTX *context, int mode) {
  SSL_CTX_set_session_cache_mode(context, mode);
}
static inline void copenssl_SSL_CTX_set_max_cert_list(SSL_CTX *context, long bytes) {
  SSL_CTX_set_max_cert_list(context, bytes);
}
static inline void copenssl_SSL_CTX_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline int copenssl_SSL_get_negotiated_group(SSL *ssl) { return (int)SSL_get_negotiated_group(ssl); }

static inline void copenssl_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void copenssl_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline long copenssl_BIO_get_mem_data(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

static inline int copenssl_sk_X509_num(const STACK_OF(X509) *certificates) { return sk_X509_num(certificates); }

static const uint64_t copenssl_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t copenssl_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t copenssl_SSL_OP_IGNORE_UNEXPECTED_EOF = SSL_OP_IGNORE_UNEXPECTED_EOF;
static const uint64_t copenssl_INIT_WITHOUT_FILES = OPENSSL_INIT_NO_LOAD_CONFIG;
