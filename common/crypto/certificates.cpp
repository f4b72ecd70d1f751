#include "common/crypto/certificates.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"

namespace loa::crypto {
namespace {

template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using NamePtr = std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>>;
using Ia5Ptr = std::unique_ptr<ASN1_IA5STRING, Deleter<ASN1_IA5STRING_free>>;
using ListPtr = std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>>;
using RevokedPtr = std::unique_ptr<X509_REVOKED, Deleter<X509_REVOKED_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Deleter<ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;

constexpr std::size_t kLargestPem = std::size_t{64} * 1024;
// Clocks of small machines lag after a power cut: what is made now must be valid for them too.
constexpr auto kBackdated = std::chrono::days{1};
constexpr auto kAuthorityLife = std::chrono::days{3652};
constexpr auto kServerLife = std::chrono::days{397};
// A broker whose clock lags a little must not find the newest list to be of the future.
constexpr auto kListBackdated = std::chrono::hours{1};

[[noreturn]] void throw_failed(std::string_view step) {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_peek_last_error(), words.data(), words.size());
  ERR_clear_error();
  throw Error("cert.failed", {std::string{step}, std::string{words.data()}});
}

template <class Pointer>
Pointer not_null(Pointer pointer, std::string_view step) {
  if (!pointer) throw_failed(step);
  return pointer;
}

void check(int result, std::string_view step) {
  if (result <= 0) throw_failed(step);
}

// Never asks a person for a pass phrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

BioPtr open_text(std::string_view text) {
  return not_null(BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))), "BIO_new_mem_buf");
}

std::string take_text(const BioPtr& bio) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &begin);  // NOLINT(google-runtime-int): OpenSSL's type
  return {begin, static_cast<std::size_t>(size)};
}

std::string encode_certificate(X509* certificate) {
  const BioPtr bio = not_null(BioPtr(BIO_new(BIO_s_mem())), "BIO_new");
  check(PEM_write_bio_X509(bio.get(), certificate), "PEM_write_bio_X509");
  return take_text(bio);
}

std::string encode_key(EVP_PKEY* key) {
  // BIO_s_secmem wipes its memory when it is freed.
  const BioPtr bio = not_null(BioPtr(BIO_new(BIO_s_secmem())), "BIO_new");
  check(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr), "write private key");
  return take_text(bio);
}

CertificatePtr parse_certificate(std::string_view pem, std::string_view where) {
  CertificatePtr certificate(PEM_read_bio_X509(open_text(pem).get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!certificate) throw Error("cert.bad_file", {std::string{where}});
  return certificate;
}

KeyPtr make_key() {
  return not_null(KeyPtr(EVP_EC_gen("P-256")), "EVP_EC_gen");
}

std::string encode_public_key(EVP_PKEY* key) {
  const BioPtr bio = not_null(BioPtr(BIO_new(BIO_s_mem())), "BIO_new");
  check(PEM_write_bio_PUBKEY(bio.get(), key), "write public key");
  return take_text(bio);
}

bool is_usable_client_key(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return true;
  if (EVP_PKEY_is_a(key, "EC") != 1) return false;
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1 &&
         std::string_view{group.data(), length} == "prime256v1";
}

void set_time(ASN1_TIME* target, WallTime t) {
  const auto whole = std::chrono::floor<seconds>(t.time_since_epoch()).count();
  not_null(ASN1_TIME_set(target, static_cast<std::time_t>(whole)), "ASN1_TIME_set");
}

WallTime read_time(const ASN1_TIME* time, std::string_view where) {
  std::tm civil{};
  if (ASN1_TIME_to_tm(time, &civil) != 1) throw Error("cert.bad_file", {std::string{where}});
  return WallTime{seconds{timegm(&civil)}};
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension =
      not_null(ExtensionPtr(X509V3_EXT_conf_nid(nullptr, &context, nid, value)), OBJ_nid2sn(nid));
  check(X509_add_ext(certificate, extension.get(), -1), OBJ_nid2sn(nid));
}

// Built as objects, not through OpenSSL's configuration text, where a comma in a name would add another one.
void add_server_names(X509* certificate, const std::vector<std::string>& names) {
  const NamesPtr list = not_null(NamesPtr(GENERAL_NAMES_new()), "GENERAL_NAMES_new");
  for (const std::string& name : names) {
    NamePtr entry = not_null(NamePtr(GENERAL_NAME_new()), "GENERAL_NAME_new");
    if (OctetsPtr address{a2i_IPADDRESS(name.c_str())}) {
      GENERAL_NAME_set0_value(entry.get(), GEN_IPADD, address.release());
    } else {
      ERR_clear_error();
      Ia5Ptr text = not_null(Ia5Ptr(ASN1_IA5STRING_new()), "ASN1_IA5STRING_new");
      check(ASN1_STRING_set(text.get(), name.data(), static_cast<int>(name.size())), "ASN1_STRING_set");
      GENERAL_NAME_set0_value(entry.get(), GEN_DNS, text.release());
    }
    check(sk_GENERAL_NAME_push(list.get(), entry.get()), "sk_GENERAL_NAME_push");
    static_cast<void>(entry.release());
  }
  check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT), "subjectAltName");
}

// RFC 1123 host names, without wildcards.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  char before = '.';
  for (const char c : name) {
    const bool is_alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.') {
      if (label == 0 || before == '-') return false;
      label = 0;
    } else if (is_alphanumeric || (c == '-' && label > 0)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
    before = c;
  }
  return label > 0 && before != '-';
}

bool is_ip_address(const std::string& name) {
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  return inet_pton(AF_INET, name.c_str(), octets.data()) == 1 || inet_pton(AF_INET6, name.c_str(), octets.data()) == 1;
}

// Version, serial, validity, subject and public key; no extension and no signature yet.
CertificatePtr begin_certificate(std::string_view common_name, EVP_PKEY* public_key, WallTime now,
                                 std::chrono::days life) {
  CertificatePtr certificate = not_null(CertificatePtr(X509_new()), "X509_new");
  check(X509_set_version(certificate.get(), X509_VERSION_3), "X509_set_version");
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  const NumberPtr serial = not_null(NumberPtr(BN_new()), "BN_new");
  check(BN_rand(serial.get(), 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "BN_rand");
  not_null(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())), "BN_to_ASN1_INTEGER");
  set_time(X509_getm_notBefore(certificate.get()), now - kBackdated);
  set_time(X509_getm_notAfter(certificate.get()), now - kBackdated + life);
  check(X509_set_pubkey(certificate.get(), public_key), "X509_set_pubkey");
  check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0),
        "subject name");
  return certificate;
}

void sign_certificate(X509* certificate, EVP_PKEY* issuer_key) {
  check(X509_sign(certificate, issuer_key, EVP_sha256()), "X509_sign");
}

}  // namespace

struct CertificateAuthority::State {
  CertificatePtr certificate;
  KeyPtr key;
  std::string certificate_pem;

  enum class End { kServer, kClient };
  [[nodiscard]] CertificatePtr begin_end(std::string_view common_name, EVP_PKEY* public_key, WallTime now, End end,
                                         std::chrono::days life) const {
    CertificatePtr made = begin_certificate(common_name, public_key, now, life);
    check(X509_set_issuer_name(made.get(), X509_get_subject_name(certificate.get())), "X509_set_issuer_name");
    add_extension(made.get(), certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(made.get(), certificate.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(made.get(), certificate.get(), NID_ext_key_usage, end == End::kServer ? "serverAuth" : "clientAuth");
    add_extension(made.get(), certificate.get(), NID_subject_key_identifier, "hash");
    add_extension(made.get(), certificate.get(), NID_authority_key_identifier, "keyid:always");
    return made;
  }
  [[nodiscard]] std::string issue_client(EVP_PKEY* public_key, std::string_view common_name, WallTime now,
                                         std::chrono::days life) const {
    if (!is_valid_id(common_name)) throw Error("cert.bad_name", {std::string{common_name}});
    const CertificatePtr made = begin_end(common_name, public_key, now, End::kClient, life);
    sign_certificate(made.get(), key.get());
    return encode_certificate(made.get());
  }
};

void save_identity(const TlsIdentity& identity, const std::filesystem::path& certificate_file,
                   const std::filesystem::path& key_file) {
  write_file_atomically(key_file, view_bytes(identity.key_pem), Readers::kOwner, IfExists::kReplace);
  write_file_atomically(certificate_file, view_bytes(identity.certificate_pem), Readers::kEveryone, IfExists::kReplace);
}

TlsKey make_tls_key() {
  const KeyPtr key = make_key();
  return {encode_public_key(key.get()), encode_key(key.get())};
}

TlsKey parse_tls_key(std::string_view key_pem) {
  if (key_pem.size() > kLargestPem) throw Error("cert.bad_file", {"PRIVATE KEY"});
  const KeyPtr key(PEM_read_bio_PrivateKey(open_text(key_pem).get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!key || !is_usable_client_key(key.get())) throw Error("cert.bad_file", {"PRIVATE KEY"});
  return {encode_public_key(key.get()), encode_key(key.get())};
}

namespace {

std::string read_serial(const ASN1_INTEGER* number) {
  const NumberPtr serial = not_null(NumberPtr(ASN1_INTEGER_to_BN(number, nullptr)), "serial number");
  Bytes octets(static_cast<std::size_t>(BN_num_bytes(serial.get())));
  BN_bn2bin(serial.get(), octets.data());
  return encode_hex(octets);
}

CertificateFacts read_facts(std::string_view pem, std::string_view where) {
  const CertificatePtr certificate = parse_certificate(pem, where);
  CertificateFacts facts;
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index >= 0) {
    unsigned char* text = nullptr;
    const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (length < 0) throw Error("cert.bad_file", {std::string{where}});
    facts.common_name.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
    OPENSSL_free(text);
  }
  facts.serial = read_serial(X509_get0_serialNumber(certificate.get()));
  facts.not_before = read_time(X509_get0_notBefore(certificate.get()), where);
  facts.not_after = read_time(X509_get0_notAfter(certificate.get()), where);
  return facts;
}

}  // namespace

CertificateFacts read_certificate(std::string_view pem) {
  return read_facts(pem, "PEM");
}

CertificateFacts read_certificate_file(const std::filesystem::path& file) {
  return read_facts(view_text(read_small_file(file, kLargestPem)), file.string());
}

std::string public_key_of(std::string_view pem) {
  return encode_public_key(not_null(X509_get0_pubkey(parse_certificate(pem, "PEM").get()), "X509_get0_pubkey"));
}

std::string certificate_fingerprint(std::string_view pem) {
  const CertificatePtr certificate = parse_certificate(pem, "PEM");
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size < 0) throw_failed("i2d_X509");
  std::string fingerprint = to_hex(sha256({der, static_cast<std::size_t>(size)}));
  OPENSSL_free(der);
  return fingerprint;
}

RevocationFacts read_revocation_list(std::string_view pem) {
  const ListPtr list(PEM_read_bio_X509_CRL(open_text(pem).get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!list) throw Error("cert.bad_file", {"X509 CRL"});
  RevocationFacts facts;
  facts.issued = read_time(X509_CRL_get0_lastUpdate(list.get()), "X509 CRL");
  STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(list.get());
  for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i)
    facts.serials.push_back(read_serial(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
  return facts;
}

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
CertificateAuthority::~CertificateAuthority() = default;
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;

const std::string& CertificateAuthority::certificate_pem() const {
  return state_->certificate_pem;
}

CertificateAuthority CertificateAuthority::make(std::string_view name, WallTime now) {
  // RFC 5280 appendix A: a common name has 1 to 64 characters.
  if (name.empty() || name.size() > 64) throw Error("cert.bad_name", {std::string{name}});
  auto state = std::make_unique<State>();
  state->key = make_key();
  state->certificate = begin_certificate(name, state->key.get(), now, kAuthorityLife);
  X509* certificate = state->certificate.get();
  check(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)), "X509_set_issuer_name");
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  sign_certificate(certificate, state->key.get());
  state->certificate_pem = encode_certificate(certificate);
  return CertificateAuthority(std::move(state));
}

CertificateAuthority CertificateAuthority::load(const std::filesystem::path& certificate_file,
                                                const std::filesystem::path& key_file) {
  auto state = std::make_unique<State>();
  const Bytes certificate_pem = read_small_file(certificate_file, kLargestPem);
  state->certificate = parse_certificate(view_text(certificate_pem), certificate_file.string());
  Bytes key_pem = read_secret_file(key_file, kLargestPem);
  state->key.reset(PEM_read_bio_PrivateKey(open_text(view_text(key_pem)).get(), nullptr, &no_passphrase, nullptr));
  OPENSSL_cleanse(key_pem.data(), key_pem.size());
  const bool is_matching = state->key && X509_check_private_key(state->certificate.get(), state->key.get()) == 1;
  ERR_clear_error();
  if (!is_matching) throw Error("cert.bad_file", {key_file.string()});
  if (X509_check_ca(state->certificate.get()) != 1) throw Error("cert.bad_file", {certificate_file.string()});
  state->certificate_pem = encode_certificate(state->certificate.get());
  return CertificateAuthority(std::move(state));
}

void CertificateAuthority::save(const std::filesystem::path& certificate_file,
                                const std::filesystem::path& key_file) const {
  TlsIdentity identity{state_->certificate_pem, encode_key(state_->key.get())};
  save_identity(identity, certificate_file, key_file);
  OPENSSL_cleanse(identity.key_pem.data(), identity.key_pem.size());
}

TlsIdentity CertificateAuthority::issue_server(const ServerNames& names, WallTime now) const {
  std::vector<std::string> all = names.names;
  for (const std::string& name : all)
    if (!is_ip_address(name) && !is_host_name(name)) throw Error("cert.bad_name", {name});
  for (const char* always : {"localhost", "127.0.0.1", "::1"})
    if (std::find(all.begin(), all.end(), always) == all.end()) all.emplace_back(always);
  const KeyPtr key = make_key();
  // A common name holds 64 characters; clients look at the alternative names only (RFC 9525 §6.3).
  const CertificatePtr made =
      state_->begin_end(all.front().substr(0, 64), key.get(), now, State::End::kServer, kServerLife);
  add_server_names(made.get(), all);
  sign_certificate(made.get(), state_->key.get());
  return {encode_certificate(made.get()), encode_key(key.get())};
}

TlsIdentity CertificateAuthority::issue_client(std::string_view common_name, WallTime now,
                                               std::chrono::days life) const {
  const KeyPtr key = make_key();
  return {state_->issue_client(key.get(), common_name, now, life), encode_key(key.get())};
}

std::string CertificateAuthority::issue_client_for(std::string_view public_key_pem, std::string_view common_name,
                                                   WallTime now) const {
  if (public_key_pem.size() > kLargestPem) throw Error("cert.bad_file", {"PUBLIC KEY"});
  const KeyPtr key(PEM_read_bio_PUBKEY(open_text(public_key_pem).get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!key || !is_usable_client_key(key.get())) throw Error("cert.bad_file", {"PUBLIC KEY"});
  return state_->issue_client(key.get(), common_name, now, kClientLife);
}

std::string CertificateAuthority::revoke(std::span<const RevokedCertificate> certificates, WallTime now,
                                         std::string_view previous) const {
  WallTime issued = now - kListBackdated;
  if (!previous.empty()) issued = std::max<WallTime>(issued, read_revocation_list(previous).issued + seconds{1});
  const ListPtr list = not_null(ListPtr(X509_CRL_new()), "X509_CRL_new");
  check(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2), "X509_CRL_set_version");
  check(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(state_->certificate.get())), "issuer of the list");
  const TimePtr time = not_null(TimePtr(ASN1_TIME_new()), "ASN1_TIME_new");
  set_time(time.get(), issued);
  check(X509_CRL_set1_lastUpdate(list.get(), time.get()), "lastUpdate");
  check(X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(state_->certificate.get())), "nextUpdate");
  for (const RevokedCertificate& certificate : certificates) {
    BIGNUM* read = nullptr;
    const bool is_hex = !certificate.serial.empty() &&
                        BN_hex2bn(&read, certificate.serial.c_str()) == static_cast<int>(certificate.serial.size());
    const NumberPtr number(read);
    if (!is_hex) throw Error("cert.bad_name", {certificate.serial});
    const IntegerPtr serial = not_null(IntegerPtr(BN_to_ASN1_INTEGER(number.get(), nullptr)), "BN_to_ASN1_INTEGER");
    RevokedPtr entry = not_null(RevokedPtr(X509_REVOKED_new()), "X509_REVOKED_new");
    check(X509_REVOKED_set_serialNumber(entry.get(), serial.get()), "serial number of the list");
    set_time(time.get(), certificate.revoked);
    check(X509_REVOKED_set_revocationDate(entry.get(), time.get()), "revocationDate");
    check(X509_CRL_add0_revoked(list.get(), entry.get()), "X509_CRL_add0_revoked");
    static_cast<void>(entry.release());
  }
  // RFC 5280 §5.2.3: numbers grow.
  const IntegerPtr number = not_null(IntegerPtr(ASN1_INTEGER_new()), "ASN1_INTEGER_new");
  check(ASN1_INTEGER_set_int64(number.get(), std::chrono::floor<seconds>(issued.time_since_epoch()).count()),
        "cRLNumber");
  check(X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT), "cRLNumber");
  check(X509_CRL_sort(list.get()), "X509_CRL_sort");
  check(X509_CRL_sign(list.get(), state_->key.get(), EVP_sha256()), "X509_CRL_sign");
  const BioPtr bio = not_null(BioPtr(BIO_new(BIO_s_mem())), "BIO_new");
  check(PEM_write_bio_X509_CRL(bio.get(), list.get()), "PEM_write_bio_X509_CRL");
  return take_text(bio);
}

}  // namespace loa::crypto
