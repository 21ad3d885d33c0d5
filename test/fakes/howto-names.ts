const words = (text: string): string[] => text.trim().split(/\s+/);

/** What the HOWTO's read_openvpn_config wrote as flags: the arguments of append_bools. */
export const HOWTO_FLAGS = words(`
  auth_nocache auth_retry auth_user_pass_optional bind ccd_exclusive client
  client_cert_not_required client_to_client comp_lzo comp_noadapt disable disable_occ down_pre
  duplicate_cn fast_io float http_proxy_retry ifconfig_noexec ifconfig_nowarn
  ifconfig_pool_linear management_forget_disconnect management_hold management_query_passwords
  management_signal mktun mlock mtu_test mssfix multihome mute_replay_warnings nobind no_iv
  no_name_remapping no_replay opt_verify passtos persist_key persist_local_ip
  persist_remote_ip persist_tun ping_timer_rem pull push_reset remote_random rmtun
  route_noexec route_nopull single_session socks_proxy_retry suppress_timestamps tcp_nodelay
  test_crypto tls_client tls_exit tls_server tun_ipv6 up_restart username_as_common_name
`);

/** What it wrote with a value: the arguments of append_params. */
export const HOWTO_PARAMS = words(`
  askpass auth auth_user_pass auth_user_pass_verify bcast_buffers ca cert chroot cipher
  client_config_dir client_connect client_disconnect connect_freq connect_retry
  connect_timeout connect_retry_max crl_verify dev dev_node dev_type dh engine
  explicit_exit_notify fragment group hand_window hash_size http_proxy http_proxy_option
  http_proxy_timeout ifconfig ifconfig_pool ifconfig_pool_persist ifconfig_push inactive
  ipchange iroute keepalive key key_method keysize learn_address link_mtu lladdr local log
  log_append lport management management_log_cache max_clients max_routes_per_client mode
  mtu_disc mute nice ns_cert_type ping ping_exit ping_restart pkcs12 plugin port port_share
  prng proto rcvbuf redirect_gateway remap_usr1 remote remote_cert_eku remote_cert_ku
  remote_cert_tls reneg_bytes reneg_pkts reneg_sec replay_persist replay_window resolv_retry
  route route_delay route_gateway route_metric route_up rport script_security secret server
  server_bridge setenv shaper sndbuf socks_proxy status status_version syslog tcp_queue_limit
  tls_auth tls_cipher tls_remote tls_timeout tls_verify tmp_dir topology tran_window tun_mtu
  tun_mtu_extra txqueuelen up_delay user verb down push up
`);
